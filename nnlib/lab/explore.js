(async r=>{
const d=JSON.parse(r.querySelector('script[type="application/json"]').textContent),im=r.querySelector('img'),
q=[...r.querySelectorAll('input,select')],id=r.id.slice(2),H=()=>new URLSearchParams(location.hash.slice(1).startsWith('x.')?location.hash.slice(1):'');
let u,f;
const go=()=>{let k=0;q.forEach((e,i)=>{const j=+e.value,t=d.labels[i][j];k=k*d.labels[i].length+j;
if(e.type=='range'){e.setAttribute('aria-valuetext',t);e.parentElement.querySelector('output').textContent=t}});
im.alt=d.alts[k];if(u)URL.revokeObjectURL(u);
u=URL.createObjectURL(f.png?new Blob([Uint8Array.from(atob(f.png[k]),c=>c.charCodeAt(0))],{type:'image/png'})
:new Blob([f.frames[k].map(i=>f.lines[i]).join('\n')],{type:'image/svg+xml'}));im.src=u;r.dataset.frame=k};
const save=()=>{go();const h=H();h.set('x.'+id,q.map(e=>e.value).join('.'));try{history.replaceState(null,'','#'+h)}catch(e){}};
f=await new Response(new Blob([Uint8Array.from(atob(d.packed),c=>c.charCodeAt(0))]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
const s=H().get('x.'+id);
if(s){s.split('.').forEach((v,i)=>{if(q[i]&&+v>=0&&+v<d.labels[i].length)q[i].value=Math.floor(+v)});go();r.scrollIntoView()}
q.forEach(e=>{e.disabled=false;e.addEventListener('input',save)});
r.querySelectorAll('button').forEach(b=>{b.disabled=false;b.onclick=()=>{const e=b.parentElement.querySelector('input');e.value=+e.value+ +b.value;save()}});
r.dataset.ready=1})(document.currentScript.parentElement);
