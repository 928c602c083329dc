#version 330
#include common
#include footprint
uniform sampler2D skin;
uniform sampler2D brow;
uniform vec3 browCol;
uniform float browA;
uniform vec3 cloth;
uniform float neck;
uniform mat3 tint;
uniform vec3 tintb;
uniform float rough;
uniform float specI;
uniform int mode;
uniform float stub;
uniform float sweat;
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
    vec3 alb;
    float isCloth=0.;
    float br=0.;
    float lum=0.;
    if(mode==0){
        vec3 s=texture(skin,bounded(t)).rgb;
        lum=dot(s,vec3(.3,.6,.1));
        br=min(texture(brow,bounded(t)).r*browA,.95);
        alb=pow(clamp(tint*s+tintb,0.,1.),vec3(2.2));
        isCloth=smoothstep(neck+.15,neck-.15,MY);
        // bump from albedo
        vec3 dx=dFdx(P),dy=dFdy(P);
        float hx=dFdx(lum),hy=dFdy(lum);
        vec3 r1=cross(dy,n),r2=cross(n,dx);
        float det=dot(dx,r1);
        vec3 gsurf=(r1*hx+r2*hy)*sign(det);
        n=normalize(abs(det)*n-.12*gsurf*(1.-isCloth));
        alb=mix(alb,browCol,br);
        alb=mix(alb,cloth,isCloth);
    }
    else if(mode==1) alb=vec3(.16,.035,.03);
    else alb=vec3(.62,.55,.45);
    vec3 c=irr*alb;
    float ndv=max(dot(n,V),.02);
    float a2=rough*rough;
    a2*=a2;
    float a2b=a2*.3;
    float vis[6];
    vis[0]=vA.x;
    vis[1]=vA.y;
    vis[2]=vA.z;
    vis[3]=vA.w;
    vis[4]=vB.x;
    vis[5]=vB.y;
    c*=1.+ (dot(n,normalize(N))-1.)*1.5;
    for(int i=0;i<6;i++){
        vec3 L=Ldir[i];
        float d=dot(n,L);
        if(d>0.){
            vec3 H=normalize(L+V);
            float nh=max(dot(n,H),0.),vh=max(dot(V,H),0.);
            float F=.028+.972*schlick(vh);
            float q=nh*nh*(a2-1.)+1.;
            float q2=nh*nh*(a2b-1.)+1.;
            float Dd=(.85*a2/(q*q)+.15*a2b/(q2*q2));
            float k=rough*rough*.5+.1;
            float G=1./((d*(1.-k)+k)*(ndv*(1.-k)+k));
            c+=Lcol[i]*min(Dd*F*G*.25,1.2)*d*vis[i]*specI*(1.-.7*br)*(1.-.85*isCloth);
        }
    }
    o=vec4(min(c,vec3(12.)),mode==0?1.-isCloth*.5:.8);
}
