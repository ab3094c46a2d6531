import { Worker } from 'node:worker_threads';
import { startGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';
const vendor = await startVendor((_, r) => r.end('fine'));
const g = await startGateway();
const { client } = g.open({ baseUrl: vendor.origin });
async function p(label){ const t=[]; for (let i=0;i<300;i++){const s=performance.now(); await client.get(vendor.origin); t.push(performance.now()-s);} t.sort((a,b)=>a-b); console.log(label,'p50',t[150].toFixed(2),'p99',t[297].toFixed(2),'max',t[299].toFixed(2)); }
await p('warm'); await p('calm');
for (const msg of [`{t:'credit',id:5,chunks:1}`, `{t:'request',id:i++,method:'GET',url:'http://evil.example/',headers:[],body:null,redirect:'follow',credits:1}`]) {
const h = g.open({ baseUrl: vendor.origin, instanceId: 'evil' });
const w = new Worker(`let i=1; const {workerData}=require('node:worker_threads'); for(;;) workerData.port.postMessage(${msg});`, {eval:true, workerData:{port:h.run.port}, transferList:[h.run.port], resourceLimits:{}});
await new Promise(r=>setTimeout(r,200));
const before = process.memoryUsage().rss;
const s=performance.now();
await Promise.race([p('flood '+msg.slice(0,12)), new Promise(r=>setTimeout(r,6000))]);
console.log('took', (performance.now()-s).toFixed(), 'rss +MB', ((process.memoryUsage().rss-before)/1e6).toFixed());
await w.terminate(); h.run.close();
await p('after');
}
// streaming throughput
const big = Buffer.alloc(1<<20, 97);
const v2 = await startVendor((_, r) => { let n=0; const more=()=>{ while(n++<300) if(!r.write(big)) return r.once('drain', more); r.end(); }; more(); });
const g2 = await startGateway({ bodyBytes: 1e9 });
const c2 = g2.open({ baseUrl: v2.origin }).client;
let s=performance.now(); const rep = await c2.get(v2.origin); let e=performance.now()-s; console.log('stream 300MB', rep.body.length, (300/(e/1000)).toFixed(),'MB/s');
s=performance.now(); const f = await fetch(v2.origin); let n=0; for await (const c of f.body!) n+=c.length; e=performance.now()-s; console.log('plain fetch', n, (300/(e/1000)).toFixed(),'MB/s');
process.exit(0);
