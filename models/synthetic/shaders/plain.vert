#version 330
uniform mat4 proj;
in vec3 p;
in vec3 n;
in vec2 uv;
in float my;
out vec3 P;
out vec3 N;
out vec2 t;
out float MY;
void main(){
    P=p;
    N=n;
    t=uv;
    MY=my;
    gl_Position=proj*vec4(p,1);
}
