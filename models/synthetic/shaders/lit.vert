#version 330
#include common
uniform mat4 proj;
uniform vec3 wrap;
uniform float nb;
in vec3 p;
in vec3 n;
in vec2 uv;
in float my;
out vec3 P;
out vec3 N;
out vec2 t;
out float MY;
out vec3 irr;
out vec4 vA;
out vec2 vB;
void main(){
    P=p;
    N=n;
    t=uv;
    MY=my;
    gl_Position=proj*vec4(p,1);
    vec3 V=-normalize(p);
    vec3 nn=n;
    if(nb<.3 && dot(n,V)<-.35){
        irr=vec3(0);
        vA=vec4(0);
        vB=vec2(0);
        return;
    }
    if(nb>.3&&dot(n,V)<0.) nn=normalize(n-V*dot(n,V)*1.3);
    irr=amb;
    float vv[NL];
    for(int i=0;i<NL;i++){
        vec3 L=Ldir[i];
        float d=dot(nn,L);
        vv[i]=0.;
        if(d<-.38) continue;
        float s=shadow(i,p+nn*nb+L*.1,.0075,hash(p.xy*7.)*6.28);
        vv[i]=s;
        irr+=Lcol[i]*max((vec3(d)+wrap)/((1.+wrap)*(1.+wrap)),0.)*vec3(pow(s,.7),s,s);
    }
    vA=vec4(vv[0],vv[1],vv[2],vv[3]);
    vB=vec2(vv[4],vv[5]);
}
