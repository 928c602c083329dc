#version 330
#include common
uniform vec3 fcol;
uniform float frough;
uniform float lens;
uniform vec3 lcol;
in vec3 P;
in vec3 N;
in vec2 t;
in float MY;
out vec4 o;
void main(){
    vec3 n=normalize(N);
    vec3 D=normalize(P);
    vec3 V=-D;
    if(dot(n,V)<0.) n=-n;
    vec3 R=reflect(D,n);
    float F=.04+.96*schlick(dot(n,V));
    if(lens>.5){
        float occ=0.,w=.001;
        for(int i=0;i<NL;i++){
            float k=pow(max(dot(R,Ldir[i]),0.),4.)+.01;
            w+=k;
            occ+=k*shadow(i,P+V*.2+Ldir[i]*.6,.01,1.);
        }
        occ/=w;
        vec3 e=min(envlook(R,1.5),vec3(40.))*occ;
        float f=F*lcol.x;
        o=vec4(e*f+lcol.y*vec3(.2,.25,.3)*amb,clamp(f+lcol.z,0.,1.));
        return;
    }
    float rot=6.283*hash(gl_FragCoord.xy);
    vec3 c=amb*fcol;
    for(int i=0;i<NL;i++){
        float d=dot(n,Ldir[i]);
        if(d<0.)continue;
        float s=shadow(i,P+n*.2+Ldir[i]*.15,.006,rot);
        c+=Lcol[i]*s*d*(fcol+ .06*pow(max(dot(n,normalize(Ldir[i]+V)),0.),40.)*12.);
    }
    c+=min(envlook(R,3.),vec3(8.))*F*.6;
    o=vec4(min(c,vec3(10.)),1.);
}
