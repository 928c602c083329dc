// llvmpipe's anisotropic filter walks over all texels of a pixel's footprint, even where that is a hundred times as
// large as the texture: seen edge-on, a triangle can keep it busy for ever. Such a pixel is hardly covered at all.
bool endless(vec2 t){
    return !(max(max(abs(dFdx(t.x)),abs(dFdx(t.y))),max(abs(dFdy(t.x)),abs(dFdy(t.y))))<.5);
}
vec2 bounded(vec2 t){
    return endless(t)?vec2(.5):t;
}
