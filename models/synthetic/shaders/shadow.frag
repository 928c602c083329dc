#version 330
#include footprint
uniform sampler2D tex;
uniform int useA;
in vec2 t;
void main(){
    if(useA==1 && texture(tex,bounded(t)).a<.5) discard;
}
