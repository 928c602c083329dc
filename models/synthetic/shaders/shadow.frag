#version 330
uniform sampler2D tex;
uniform int useA;
in vec2 t;
void main(){
    if(useA==1 && texture(tex,t).a<.5) discard;
}
