#version 330
uniform mat4 m;
in vec3 p;
in vec2 uv;
out vec2 t;
void main(){
    t=uv;
    gl_Position=m*vec4(p,1);
}
