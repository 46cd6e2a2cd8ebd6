export * from "qr/decode.js";
export { default } from "qr/decode.js";
