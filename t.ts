import { readFileSync } from 'node:fs';
import { createEncoder } from './packages/encoder/src/index.ts';
import { createDetector, detect } from './packages/detector/src/index.ts';
import { InProcessChannel } from './packages/channel/src/index.ts';
import { createSession, generateIssuerKey, parseTrust, publicJwk, createSessionRecord, parseSessionRecord, serializeSessionRecord, hex } from './packages/token/src/index.ts';
import { resample, encodeMulaw, decodeMulaw } from './packages/audio/src/pcm/index.ts';
const b=readFileSync('/tmp/lab/held13.f32');const x=new Float32Array(b.buffer.slice(b.byteOffset,b.byteOffset+b.length)).slice(0,16000*60);
const issuer=generateIssuerKey('Acme');const trust=parseTrust(publicJwk(issuer));
function mark(x:Float32Array,rate=16000){const t0=1.7e12;const session=createSession({issuer,agent:'concierge',t0Ms:t0,claims:{scope:['a:b'],constraints:{}}});const recs:any[]=[];
const enc=createEncoder({session,sampleRate:rate,lookahead:'frame',onRecord:(r)=>recs.push(r)});const a=enc.process(x),f=enc.flush();const y=new Float32Array(a.length+f.length);y.set(a);y.set(f,a.length);
const n=recs.length;const sr=createSessionRecord({card:session.card,claims:session.claims,jwt:null,records:recs,key:{slot:n,key:session.keyForSlot(n)},checkpoints:enc.checkpoints as any},(m)=>session.signWithSessionKey(m));
return {y:y.slice(enc.latencySamples),sr:parseSessionRecord(JSON.parse(JSON.stringify(serializeSessionRecord(sr)))),session};}
const A=mark(x),B=mark(x);
const ul=(y:Float32Array)=>decodeMulaw(encodeMulaw(resample(y,16000,8000)));
const show=(n:string,r:any)=>console.log(n,r.state,'speech',r.speechSeconds.toFixed(1),'unmarked',r.unmarkedSpeechSeconds.toFixed(1),r.spans.map((s:any)=>`[${s.startSeconds.toFixed(2)}-${s.endSeconds.toFixed(2)} ${s.state} ${s.content} ${s.agent} cl ${s.firstClaimedSeconds} ver ${s.firstVerifiedSeconds} fr ${s.framesDecoded}/${s.framesExpected} fa ${s.falseAlarmProbability.toExponential(1)} ${s.findings.map((f:any)=>f.code+':'+(f.startSeconds??0).toFixed(1))}]`).join(' '),JSON.stringify(r.findings));
const z=ul(A.y);const o={sampleRate:8000,trust};let t=performance.now();
show('right',detect(z,{...o,records:[A.sr]}));console.log('ms/s',(performance.now()-t)/60);
show('wrong',detect(z,{...o,records:[B.sr]}));
show('alone',detect(z,o));
show('unmarked',detect(ul(x),{...o,records:[A.sr]}));
const sp=new Float32Array(8000*60);sp.set(z.slice(0,8000*30));sp.set(ul(B.y).slice(8000*30+333),8000*30);show('splice',detect(sp,{...o,records:[A.sr]}));
const ins=z.slice();ins.set(ul(x).slice(8000*20,8000*26),8000*30);show('insert',detect(ins,{...o,records:[A.sr]}));
// live
async function live(delayMs:number){let now=1.7e12;const clock=()=>now;const session=createSession({issuer,agent:'concierge',t0Ms:now});const ch=new InProcessChannel(clock);const pub=ch.open(session);
const enc=createEncoder({session,sampleRate:16000,lookahead:'frame',onRecord:pub,nowMs:clock});const det=createDetector({sampleRate:8000,trust,channel:ch,clock,expect:delayMs?[]:[{card:session.card.bytes,claims:session.claims}]});
const q:Float32Array[]=[];for(let i=0;i<x.length;i+=320){const c=enc.process(x.slice(i,i+320));now+=20;ch.disclose();q.push(ul(c));const d=delayMs/20;if(q.length>d){for(const e of det.push(q[q.length-1-d]))console.log(e.seconds.toFixed(2),JSON.stringify(e));}await null;await null;await null;}
show('live report',det.report());}
await live(0);await live(20000);
