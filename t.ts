import { readFileSync } from 'node:fs';
import { Embedder, HopAnalyzer, Demodulator, levelDb, DEMODULATOR_DELAY, encodeGroup, decodeGroup } from './packages/signal/src/index.ts';
const R=(n:string)=>{const b=readFileSync(`/tmp/lab/ref/${n}.f32`);return new Float32Array(b.buffer.slice(b.byteOffset,b.byteOffset+b.length));};
const x=R('x'),G=R('G'),y=R('y'),S=R('S'),chip=R('chip'),slot=R('slot'),bits=R('bits');
// chips from ref: only 500 tiles; make pseudo chips object big enough by overriding period -> use first slot only
const chips={sign:chip.slice(0,1024),bit:Uint8Array.from(slot.slice(0,1024))};
const e=new Embedder(chips as any,'frame',(f)=>Int8Array.from(bits.slice(f*4,f*4+4)));
const out:number[]=[];for(let i=0;i<x.length;i+=333)for(const v of e.push(x.slice(i,i+333)))out.push(v);
let err=0,ref=0;for(let i=0;i<20000;i++){const d=y[i]-x[i];err+=(d-out[i]/0.83)**2;ref+=d*d;}
console.log('delta rel err (linear strength approx)',Math.sqrt(err/ref),out.length);
const a=new HopAnalyzer(),d=new Demodulator();let h=0;const lev=new Float32Array(8);const s2:number[]=[];const L=R('Ly');let le=0,n=0;
a.push(new Float32Array([...y,...new Float32Array(200)]),(p)=>{for(let b=0;b<8;b++)lev[b]=(h%4?lev[b]:0)+p[b];if(++h%4===0){const row=lev.map(levelDb);for(let b=0;b<8;b++){const i=(h/4-1)*8+b;if(i<L.length){le=Math.max(le,Math.abs(L[i]-row[b]));}}const r=d.push(row as any);if(r)for(const v of r)s2.push(v);}});
let se=0,sr=0,mx=0;let cc=0,aa=0;for(let i=200*8;i<480*8;i++){cc+=s2[i]*S[i];aa+=s2[i]*s2[i];se+=(s2[i]-S[i])**2;sr+=S[i]**2;}
console.log('corr',cc/Math.sqrt(aa*sr));console.log('level err dB',le,'soft rel err',Math.sqrt(se/sr),s2.slice(0,8),[...S.slice(0,8)]);
// speed
let t=performance.now();const d2=new Demodulator();for(let i=0;i<500;i++)d2.push(lev);console.log('demod ms per s',(performance.now()-t)/10);
t=performance.now();const e2=new Embedder(chips as any,'frame',(f)=>Int8Array.of(1,-1,1,-1));e2.push(x);console.log('embed ms per s',(performance.now()-t)/10);
const c=encodeGroup(Uint8Array.from({length:72},(_,i)=>i*7%3&1));
for(const snr of [0,0.5,0.7]){let ok=0;t=performance.now();for(let k=0;k<100;k++){const u=Uint8Array.from({length:72},()=>Math.random()<.5?1:0);const c=encodeGroup(u);const l=Float32Array.from(c,(b)=>{const er=Math.random()<snr;return er?0:(b?-1:1)*(Math.random()<.08?-2.4:2.4)});const r=decodeGroup(l,16);if(r.some(q=>q.bits.every((v,i)=>v===u[i])))ok++;}console.log('erase',snr,'ok',ok,'ms each',(performance.now()-t)/100);}
