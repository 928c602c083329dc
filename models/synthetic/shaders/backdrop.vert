#version 330
in vec2 p;
out vec2 q;
void main(){
    q=p;
    gl_Position=vec4(p,.9999,1);
}
