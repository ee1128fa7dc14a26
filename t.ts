import { readFileSync } from 'node:fs';
import { createEncoder } from './packages/encoder/src/index.ts';
import { createSession, generateIssuerKey, bytesToBits, encodeFrame, decodeFrame, bitsToBytes, maskSealedBits, matchInformation, digestDistance, digestSelection } from './packages/token/src/index.ts';
import { Receiver, makeChips, decodeGroup, toCoreRate, slotDigest } from './packages/signal/src/index.ts';
import { resample, encodeMulaw, decodeMulaw } from './packages/audio/src/pcm/index.ts';
const b=readFileSync('/tmp/lab/held13.f32');const x16=new Float32Array(b.buffer.slice(b.byteOffset,b.byteOffset+b.length)).slice(0,16000*30);
const issuer=generateIssuerKey('Acme');const session=createSession({issuer,agent:'a',t0Ms:1.7e12});
const rate=Number(process.argv[2]??16000);const x=rate===16000?x16:resample(x16,16000,rate);
const recs:any[]=[];
const enc=createEncoder({session,sampleRate:rate,lookahead:(process.argv[3]??'frame') as any,onRecord:(r)=>recs.push(r),onNotice:(n)=>console.log(n)});
let t=performance.now();const out:number[]=[];for(let i=0;i<x.length;i+=480)for(const v of enc.process(x.slice(i,i+480)))out.push(v);for(const v of enc.flush())out.push(v);
console.log('enc ms/s',(performance.now()-t)/30,enc.latencySamples,enc.latencySamples/rate*1e3,'ms',enc.stats(),recs.length);
const y=Float32Array.from(out).slice(enc.latencySamples);let e=0,p=0;for(let i=0;i<x.length;i++){e+=(y[i]-x[i])**2;p+=x[i]**2;}console.log('snr',10*Math.log10(p/e));
let z=resample(y,rate,8000);z=decodeMulaw(encodeMulaw(z)).slice(Number(process.argv[4]??0));
(globalThis as any).DBG=1;const rx=new Receiver(makeChips());const slots:any[]=[];t=performance.now();for(let i=0;i<z.length;i+=160){const n=slots.length;rx.push(z.slice(i,i+160),(s)=>slots.push(s));if(n===0&&slots.length)console.log('first slots at',i/8000,slots.map(s=>s.startSeconds));}rx.finish((s)=>slots.push(s));
console.log('rx ms/s',(performance.now()-t)/30);
for(const s of slots){const best=[0,0];for(const r of recs){const w=matchInformation(Float32Array.from({length:64},(_,i)=>s.llr[(i>>1)*4+2+(i&1)]),maskSealedBits(r.sealedBits,session.keyForSlot(r.slot),session.cardHash,r.slot),r.sentMap).total;if(w>best[0]){best[0]=w;best[1]=r.slot;}}
 const r=recs[best[1]-1];const d=r?slotDigest(s.levels,digestSelection(session.keyForSlot(r.slot),session.cardHash,r.slot)):null;const dd=d?digestDistance(d,r.digest):null;
 const wrong=recs.filter(q=>q!==r).map(q=>{const d=slotDigest(s.levels,digestSelection(session.keyForSlot(q.slot),session.cardHash,q.slot));const k=digestDistance(d,q.digest);return k.errors/k.compared;});
 if(best[0]>8)console.log(s.track,s.index,s.startSeconds.toFixed(3),'W',best[0].toFixed(1),'slot',best[1],dd&&`${dd.errors}/${dd.compared}`,'other min',Math.min(...wrong).toFixed(2));}
for(let i=0;i+3<slots.length;i++){const g=slots.slice(i,i+4);const l=new Float32Array(256);g.forEach((s,q)=>{for(let k=0;k<64;k++)l[q*64+k]=s.llr[(k>>1)*4+(k&1)];});
 for(const c of decodeGroup(l)){const f=decodeFrame(bitsToBytes(c.bits),'open',session.locator);if(f){console.log('frame at',g[0].startSeconds,f.type,f.ctr,Buffer.from(f.body).toString('hex'),Buffer.from(session.locator).toString('hex'));break;}}}
