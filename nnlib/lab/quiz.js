(root=>{
const $=(s,e=root)=>[...e.querySelectorAll(s)],q=JSON.parse($('script[type="application/json"]')[0].textContent),form=$('form')[0],out=$('output')[0],
key='nn:'+q.id,get=()=>{try{return JSON.parse(localStorage.getItem(key))}catch(e){return null}},put=v=>{try{localStorage.setItem(key,JSON.stringify(v))}catch(e){}},
more=$('.nn-reread')[0],begun=$('.items .o'),
/* A test listens to what is said; a link to reread waits beside the reply and joins it when the answer is wrong. */
say=(ok,t)=>{if(more)out.after(more);out.textContent=(ok===true?'✓ ':ok===false?'✗ ':'')+t;if(more){more.hidden=ok!==false;if(!more.hidden)out.append(more)}
root.dataset.state=ok===true?'right':ok===false?'wrong':'open';root.dispatchEvent(new CustomEvent('nn-said',{bubbles:true}))};
root.classList.add('js');
/* What follows a prediction unfolds when it is made; only on the built page, and never for print or a search. */
const after=()=>{const r=[];if(!root.closest('article'))return r;for(let n=root.closest('.cell')||root;(n=n.nextElementSibling);)r.push(n);return r};
const lock=()=>{after().forEach(n=>{n.classList.add('nn-locked');n.setAttribute('hidden','until-found');n.addEventListener('beforematch',unlock)})};
const aimed=()=>{const t=document.getElementById(decodeURIComponent(location.hash.slice(1)));if(t&&t.closest('.nn-locked'))unlock()};
function unlock(){after().forEach(n=>{n.classList.remove('nn-locked');n.removeAttribute('hidden')});dispatchEvent(new CustomEvent('nn-answer',{detail:q.id}))}
const read=()=>{
if(q.kind==='predict'||q.kind==='choice'){const i=$('input:checked')[0];return i?+i.value:null}
if(q.kind==='many')return $('input:checked').map(i=>+i.value);
if(q.kind==='order')return $('.o').map(o=>+o.dataset.i);
if(q.kind==='interval')return [...$('select').map(s=>s.value),...$('input').map(i=>i.value)];
return $('input')[0].value};
const show=v=>{
if(q.kind==='predict'||q.kind==='choice')$('input').forEach(i=>i.checked=+i.value===v);
else if(q.kind==='many')$('input').forEach(i=>i.checked=v.includes(+i.value));
else if(q.kind==='order'){const b=$('.items')[0];v.forEach(i=>b.append($('.o').find(o=>+o.dataset.i===i)));label()}
else if(q.kind==='interval'){$('select').forEach((s,i)=>s.value=v[i]);$('input').forEach((s,i)=>s.value=v[i+2])}
else $('input')[0].value=v};
const judge=v=>{
if(q.kind==='predict'){if(v===null)return say(null,'Choose one first, or let yourself be shown.');put(v);unlock();
return say(null,v<0?'Shown without a prediction. Read on.':'Noted. You chose: '+q.choices[v].text+'\nRead on, and see whether it holds.'+(q.then?'\n'+q.then:''))}
if(q.kind==='choice'){if(v===null)return say(null,'Choose one first.');put(v);return say(!!q.choices[v].correct,q.choices[v].feedback)}
if(q.kind==='many'){put(v);const ok=q.choices.every((c,i)=>!!c.correct===v.includes(i));
return say(ok,(ok?'All of them right.':'Not yet. About what you decided differently:')+q.choices.map((c,i)=>ok||!!c.correct!==v.includes(i)?'\n• '+c.text+': '+c.feedback:'').join(''))}
if(q.kind==='order'){put(v);const ok=v.every((x,i)=>x===i);return say(ok,ok?q.right:q.wrong)}
/* number.js reads and judges what is typed; what was a number is remembered. */
const [ok,t,was]=nnJudge(q,v);if(was)put(v);say(ok,t)};
const label=()=>$('.o').forEach((o,i,a)=>{$('b',o)[0].textContent=i+1+'.';$('button',o).forEach(b=>{const up=b.value==='-1';b.disabled=up?i===0:i===a.length-1})});
$('button,input,select').forEach(e=>e.disabled=false);
form.addEventListener('submit',e=>{e.preventDefault();judge(read())});
form.addEventListener('reset',()=>{try{localStorage.removeItem(key)}catch(e){}begun.forEach(o=>o.parentElement.append(o));if(q.kind==='order')label();say(null,'')});
$('.o button').forEach(b=>b.onclick=()=>{const o=b.closest('.o');b.value==='-1'?o.previousElementSibling.before(o):o.nextElementSibling.after(o);label();(b.disabled?$('button:not(:disabled)',o)[0]:b).focus()});
$('[data-skip]').forEach(b=>b.onclick=()=>judge(-1));
if(q.kind==='order')label();
const old=get();if(old!==null){try{show(old);judge(old)}catch(e){put(null)}}else if(q.kind==='predict'){const begin=()=>{lock();aimed();addEventListener('hashchange',aimed)};
document.readyState==='loading'?addEventListener('DOMContentLoaded',begin):begin()}
})(document.currentScript.parentElement);
