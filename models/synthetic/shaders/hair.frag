#version 330
#include common
#include footprint
uniform sampler2D tex;
uniform vec3 hcol;
uniform float athr;
uniform int lash;
uniform float lashA;
in vec3 P;
in vec3 N;
in vec2 t;
in float MY;
in vec3 irr;
in vec4 vA;
in vec2 vB;
out vec4 o;
void main(){
    vec3 n=normalize(N);
    vec3 V=-normalize(P);
    vec4 s;
    vec3 alb;
    if(endless(t)) discard;
    if(lash==1){
        s=texture(tex,bounded(t));
        alb=hcol;
        if(s.a*lashA<.08) discard;
    }
    else {
        s=texture(tex,bounded(t));
        if(s.a<.12) discard;
        alb=hcol*(dot(s.rgb,vec3(.4,.4,.2))*2.2+.1);
    }
    vec3 c=irr*alb;
    if(lash==0){
        float vis[4];
        vis[0]=vA.x;
        vis[1]=vA.y;
        vis[2]=vA.z;
        vis[3]=vA.w;
        for(int i=0;i<4;i++) c+=Lcol[i]*vis[i]*.05*pow(max(dot(n,normalize(Ldir[i]+V)),0.),18.)*(.3+s.r);
    }
    o=vec4(min(c,vec3(8.)),lash==1?clamp(s.a*lashA,0.,1.):smoothstep(.12,.65,s.a));
}
