/** The text of a file as it lay there when this was built. */
declare module '*?raw' {
  const text: string;
  export default text;
}
