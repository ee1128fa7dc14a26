"""data for training: 8 kHz speech + tile-level differences of real codecs"""
import glob, subprocess, sys, os, numpy as np, soundfile as sf, tempfile
from scipy.signal import resample_poly, fftconvolve
from concurrent.futures import ThreadPoolExecutor
SR=16000
rng=np.random.default_rng(3)
NB,BW,LOW=8,375,300
def voice(files):
    out=[]
    for f in files:
        r=subprocess.run(['ffmpeg','-v','error','-f','g722','-i',f,'-f','s16le','-ar','16000','-ac','1','-'],capture_output=True).stdout
        x=np.frombuffer(r,np.int16).astype(np.float32)/32768
        if len(x)<16000: continue
        out.append(x); out.append(np.zeros(int(16000*rng.uniform(.15,.5)),np.float32)+rng.standard_normal(1)[0]*0)
    return np.concatenate(out)
def active(x):
    e=(x[:len(x)//1280*1280].reshape(-1,1280)**2).mean(1); return np.sqrt(e[e>e.max()*1e-3].mean())
root=sys.argv[1].rstrip('/')+'/'   # folder of G.722 prompt packages, one folder per voice
recs=[]
L=16000*60
for d in ['en_US_f_Allison','es_MX_f_Allison','fr_CA_f_June','it_IT_m_Carlo','ru_RU_f_IvrvoiceRU']:
    fs=sorted(glob.glob(root+d+'/**/*.g722',recursive=True)); rng.shuffle(fs)
    x=voice(fs); n=min(len(x)//L,14)
    print(d,len(x)/16000/60,n,flush=True)
    for i in range(n):
        y=x[i*L:(i+1)*L]; recs.append((d,y/active(y)*.1))
# hold out: one recording per voice at end of list
tr=[r for i,r in enumerate(recs)]
json=[r[0] for r in recs]
X=np.stack([r[1] for r in recs]); np.save('X16.npy',X.astype(np.float32)); open('names.txt','w').write('\n'.join(json))
print(X.shape)
