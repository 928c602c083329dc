#version 330
#include common
// What is behind a lens, refracted, and what its two surfaces reflect: the room and the screen.
uniform sampler2D scene;
uniform vec4 K;
uniform vec3 lc;
uniform vec3 la;
uniform vec3 lr;
uniform vec3 lu;
uniform vec2 bend;
uniform float power;
uniform float deep;
uniform vec3 refl;
uniform vec3 pass;
uniform vec2 dirt;
uniform vec4 scr;
uniform vec3 scrCol;
in vec3 P;
in vec3 N;
in vec2 t;
in float MY;
out vec4 o;
float vn(vec2 p){
    vec2 i=floor(p),f=fract(p);
    f=f*f*(3.-2.*f);
    return mix(mix(hash(i),hash(i+vec2(1,0)),f.x),mix(hash(i+vec2(0,1)),hash(i+vec2(1,1)),f.x),f.y);
}
vec3 seen(vec3 X){
    return texture(scene,vec2(K.x*X.x/X.z+K.z,1.-K.y*X.y/X.z-K.w)).rgb;
}
void main(){
    vec3 D=normalize(P);
    vec2 q=vec2(dot(P-lc,lr),dot(P-lc,lu));
    vec3 off=q.x*lr+q.y*lu;
    vec3 mirrored=vec3(0);
    vec3 through=vec3(1);
    for(int k=0;k<2;k++){
        vec3 n=normalize(la+bend[k]*off);
        vec3 R=reflect(D,n);
        vec3 e=min(envlook(R,.5),vec3(60.));
        if(R.z<0.){
            vec2 h=(P-R*P.z/R.z).xy;
            vec2 edge=smoothstep(vec2(-.4),vec2(.4),min(h-scr.xy,scr.zw-h));
            e=mix(e,scrCol,edge.x*edge.y);
        }
        vec3 F=refl+(1.-refl)*schlick(abs(dot(n,D)));
        mirrored+=e*F*through;
        through*=(1.-F)*(k==0?pass:vec3(1));
    }
    vec3 X=P+(D-power*off)/max(-dot(D,la),.3)*deep;
    vec3 behind=seen(X);
    vec2 w=q*1.7+dirt.y;
    float s=dirt.x*smoothstep(.35,.8,vn(w)*.6+vn(w*2.7)*.3+vn(w*9.)*.1);
    vec3 blurred=vec3(0);
    for(int k=0;k<8;k++){
        float a=float(k)*.785;
        blurred+=seen(X+(lr*cos(a)+lu*sin(a))*.22)*.125;
    }
    behind=mix(behind,blurred,min(s,.85));
    vec3 lit=amb;
    for(int i=0;i<NL;i++) lit+=Lcol[i]*max(dot(la,Ldir[i]),0.);
    o=vec4(min(behind*through+mirrored+lit*s*.05,vec3(60.)),1.);
}
