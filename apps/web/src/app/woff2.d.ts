declare module '*.woff2' {
  const asset: string | { src: string }
  export default asset
}
