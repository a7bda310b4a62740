(root=>{
const $=s=>[...root.querySelectorAll(s)],all=$('.nn-quiz'),score=$('.nn-score')[0],key='nn:'+root.id.slice(2);
/* first: was the first answer to each question right? Later answers are for learning, not for the score. */
let s=null;try{s=JSON.parse(localStorage.getItem(key))}catch(e){}
if(!s||!s.first)s={first:{},shown:false};
const put=()=>{try{localStorage.setItem(key,JSON.stringify(s))}catch(e){}};
const id=q=>q.id.slice(2),said=q=>({right:true,wrong:false})[q.dataset.state];
const note=q=>{if(said(q)!==undefined&&!(id(q)in s.first))s.first[id(q)]=said(q)};
const draw=()=>{
const given=all.filter(q=>id(q)in s.first).length,right=all.filter(q=>s.first[id(q)]).length,open=all.length-given;
if(!open)s.shown=true;
$('.nn-count')[0].textContent=given+' of '+all.length+' answered';
const misses=$('.nn-misses li').filter(li=>!(li.hidden=!s.shown||li.dataset.of.split(' ').every(i=>s.first[i]))).length;
$('.nn-clear')[0].hidden=!s.shown||misses>0;
const b=$('[data-show]')[0];if(document.activeElement!==b)b.hidden=s.shown;$('[data-again]')[0].hidden=!given;
const text=s.shown?right+' of '+all.length+' right at the first answer.'+(open?' '+open+' not answered.':'')+(misses?' '+misses+(misses>1?' sections':' section')+' to read:':''):'';
if(score.textContent!==text)score.textContent=text};
const again=()=>{s={first:{},shown:false};all.forEach(q=>q.querySelector('form').reset());try{localStorage.removeItem(key)}catch(e){}draw()};
all.forEach(note);draw();
root.addEventListener('nn-said',e=>{if(said(e.target)===undefined)return;note(e.target);draw();put()});
$('[data-show]')[0].onclick=()=>{s.shown=true;put();draw()};
$('[data-again]')[0].onclick=()=>{again();all[0].scrollIntoView();all[0].querySelector('input,select,button:not(:disabled)').focus({preventScroll:true})};
addEventListener('nn-forget',again);
$('[data-show],[data-again]').forEach(b=>b.disabled=false);
})(document.currentScript.parentElement);
