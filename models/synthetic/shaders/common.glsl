#define NL 9
uniform vec3 Ldir[NL];
uniform vec3 Lcol[NL];
uniform mat4 Lmvp[NL];
uniform sampler2DShadow shmap;
uniform sampler2D env;
uniform mat3 envR;
uniform vec3 amb;
// Schlick's (1 - cos)^5: a cosine may come out a little above 1, and no power of a number below 0 is defined.
float schlick(float cosine){
    return pow(max(1.-cosine,0.),5.);
}
float hash(vec2 p){
    return fract(sin(dot(p,vec2(12.9898,78.233)))*43758.5453);
}
vec3 envlook(vec3 d,float lod){
    vec3 e=envR*d;
    vec2 u=vec2(atan(e.x,e.z)/6.2831853+.5, acos(clamp(e.y,-1.,1.))/3.14159265);
    return textureLod(env,u,lod).rgb;
}
float shadow(int i,vec3 P,float rad,float rot){
    vec4 q=Lmvp[i]*vec4(P,1);
    vec3 s=q.xyz*.5+.5;
    vec2 o=vec2(float(i%3),float(i/3));
    float a=0.;
    vec2 c=vec2(cos(rot),sin(rot))*rad;
    vec2 of[4];
    of[0]=c;
    of[1]=-c;
    of[2]=vec2(-c.y,c.x)*.5;
    of[3]=vec2(c.y,-c.x)*.5;
    for(int k=0;k<4;k++){
        vec2 u=clamp(s.xy+of[k],.003,.997);
        a+=texture(shmap,vec3((u+o)/3.,s.z-.0015));
    }
    return a*.25;
}
float shadow2(int i,vec3 P,float rad,float rot){
    vec4 q=Lmvp[i]*vec4(P,1);
    vec3 s=q.xyz*.5+.5;
    vec2 o=vec2(float(i%3),float(i/3));
    vec2 c=vec2(cos(rot),sin(rot))*rad;
    return .5*(texture(shmap,vec3((clamp(s.xy+c,.003,.997)+o)/3.,s.z-.0015))+texture(shmap,vec3((clamp(s.xy-c,.003,.997)+o)/3.,s.z-.0015)));
}
