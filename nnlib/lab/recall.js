(root=>{const q=JSON.parse(root.querySelector('script').textContent),p=root.querySelector('div'),rest=p.textContent,
tell=()=>{let v=null;try{v=JSON.parse(localStorage.getItem('nn:'+q.id))}catch(e){}
p.textContent=v===null?rest:v<0?rest:'You predicted: '+q.choices[v].text+(q.choices[v].correct?'. That holds.\n':'.\n')+q.choices[v].feedback+(q.choices[v].correct?'':'\n'+rest)};
addEventListener('nn-answer',e=>e.detail===q.id&&tell());tell()})(document.currentScript.parentElement);
