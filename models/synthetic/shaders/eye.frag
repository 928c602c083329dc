#version 330
#include common
#include footprint
uniform vec3 C;
uniform vec3 g;
uniform vec3 ur;
uniform vec3 uu;
uniform float Rs;
uniform float rc;
uniform float dc;
uniform float xl;
uniform float rl;
uniform float xi;
uniform float pr;
uniform sampler2D iris;
uniform float irisRot;
uniform vec3 icol1;
uniform vec3 icol2;
uniform float icon;
uniform vec3 scl;
uniform float red;
uniform vec4 scr;
uniform vec3 scrCol;
uniform vec3 conj;
uniform float limb;
in vec3 P;
in vec3 N;
in vec2 t;
in float MY;
out vec4 o;
bool sph(vec3 D,vec3 c,float r,out float tt){
    float b=dot(D,c);
    float q=b*b-dot(c,c)+r*r;
    if(q<0.)return false;
    tt=b-sqrt(q);
    return true;
}
float vn(vec2 p){
    vec2 i=floor(p),f=fract(p);
    f=f*f*(3.-2.*f);
    return mix(mix(hash(i),hash(i+vec2(1,0)),f.x),mix(hash(i+vec2(0,1)),hash(i+vec2(1,1)),f.x),f.y);
}
void main(){
    vec3 D=normalize(P);
    vec3 V=-D;
    float ts,tc;
    vec3 Cc=C+g*dc;
    bool hs=sph(D,C,Rs,ts);
    bool hc=sph(D,Cc,rc,tc);
    vec3 alb;
    vec3 nd;
    vec3 ns;
    vec3 sp;
    float isCor=0.;
    float inner=1.;
    vec3 pc=D*tc;
    if(hc && dot(pc-C,g)<xl) hc=false;
    if(hc&&hs&&tc>ts+.001) hc=false;
    float tp=length(P);
    // sclera / conjunctiva
    float gap=hs?ts-tp:1.;
    vec3 pS=hs?D*ts:P;
    vec3 nS=hs?normalize(pS-C):normalize(N);
    float cj=smoothstep(.10,.30,gap);
    vec3 nP=normalize(N);
    if(dot(nP,V)<0.) nP=V;
    nS=normalize(mix(nS,nP,cj));
    vec3 ax=pS-C;
    float rad=length(ax-g*dot(ax,g));
    float front=step(0.,dot(ax,g));
    vec2 lc=vec2(dot(ax,ur),dot(ax,uu));
    float ang=atan(lc.y,lc.x);
    float v1=vn(vec2(ang*9.,rad*3.+7.)),v2=vn(vec2(ang*23.+3.,rad*5.));
    float vein=smoothstep(.78,.97,1.-abs(v1-v2)*2.)*smoothstep(.65,1.1,rad);
    vec3 salb=scl*mix(vec3(1),vec3(1.,.80,.74),clamp(red*(smoothstep(.6,1.3,rad)*.6+vein*.7),0.,1.));
    salb=mix(salb,conj,cj*.85);
    alb=salb;
    nd=nS;
    ns=nS;
    sp=pS;
    if(hc){
        vec3 nc=normalize(pc-Cc);
        vec3 Dr=refract(D,nc,1./1.336);
        float tt=(xi-dot(pc-C,g))/dot(Dr,g);
        vec3 X=pc+Dr*tt;
        vec3 q=X-C-g*xi;
        float r=length(q);
        float an=atan(dot(q,uu),dot(q,ur))+irisRot;
        float rn=r/rl;
        vec3 bx=pc-C;
        float rs=length(bx-g*dot(bx,g));
        float tr=mix(.31,1.,clamp((r-pr)/(rl-pr),0.,1.));
        vec2 iu=vec2(cos(an),sin(an))*tr*.5/1.15+.5;
        float tx=texture(iris,bounded(iu)).r;
        vec3 ic=mix(icol1,icol2,smoothstep(.15,.85,tx))*mix(1.,tx*1.6+.15,icon);
        ic*=mix(1.,.35,smoothstep(.80,1.,rn)*limb);
        ic=mix(ic*.6,ic,smoothstep(pr,pr+.06,r));
        ic=mix(vec3(.004),ic,smoothstep(pr-.012,pr+.012,r));
        float b=smoothstep(rl-.055,rl-.002,rs);
        alb=mix(ic,salb*mix(1.,.75,limb),b);
        nd=normalize(mix(normalize(g+.25*(X-C-g*xi)),nS,b));
        isCor=1.-b;
        ns=normalize(mix(nc,nS,smoothstep(rl-.06,rl,rs)*.6));
        sp=pc;
    }
    float rot=6.283*hash(gl_FragCoord.xy);
    vec3 c=amb*alb*.7;
    float vs=0.,vw=0.;
    vec3 w=mix(vec3(.28,.14,.12),vec3(.0),isCor);
    vec3 R=reflect(D,ns);
    for(int i=0;i<NL;i++){
        vec3 L=Ldir[i];
        float d=dot(nd,L);
        float s=shadow2(i,P+V*.12+L*.22,.005,rot);
        vec3 sv=vec3(pow(s,.75),s,s);
        c+=Lcol[i]*alb*max((vec3(d)+w)/((1.+w)*(1.+w)),0.)*sv;
        float ww=pow(max(dot(R,L),0.),6.)+.01;
        vs+=ww*s;
        vw+=ww;
    }
    float occ=vs/vw;
    float ndv=max(dot(ns,V),0.);
    float F=.026+.97*schlick(ndv)*.6;
    vec3 er=envlook(R,hc?1.0:2.5)*smoothstep(.05,.6,occ);
    // monitor reflection (screen rectangle on z=0 plane of the camera frame)
    if(R.z<0.){
        float tt=-sp.z/R.z;
        vec2 h=(sp+R*tt).xy;
        vec2 e=smoothstep(vec2(-1.5),vec2(1.5),min(h-scr.xy,scr.zw-h));
        er=mix(er,scrCol,e.x*e.y*.9);
    }
    c+=min(er,vec3(28.))*F*mix(.45,.9,isCor);
    o=vec4(min(c,vec3(12.)),.9);
}
