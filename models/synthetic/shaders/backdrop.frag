#version 330
#include common
uniform vec4 K;
uniform float lod;
uniform int bgmode;
uniform sampler2D bgtex;
uniform float bgI;
in vec2 q;
out vec4 o;
void main(){
    vec2 px=vec2((q.x*.5+.5),(.5-q.y*.5));
    vec3 D=normalize(vec3((px.x-K.z)/K.x,(px.y-K.w)/K.y,1.));
    vec3 c=bgmode==0?min(envlook(D,lod),vec3(6.)):texture(bgtex,px).rgb*bgI;
    o=vec4(c,0.);
}
