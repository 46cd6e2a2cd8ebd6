// QR codes, drawn here, so that they are there without a network.

import { html, useEffect, useState } from "./html.js";

const PIXELS = 1024;

/**
 * @param {string} text
 * @returns {Promise<string>} the picture, as a data URI of SVG
 */
export async function drawn(text) {
  const { encodeQR } = await import("../vendor/qr.js");
  return `data:image/svg+xml,${encodeURIComponent(encodeQR(text, "svg", { ecc: "medium", border: 4 }))}`;
}

/** @param {{ text: string, label: string }} props *label* is read out; the text beside the code says the same as the code */
export function Qr({ text, label }) {
  const [picture, setPicture] = useState("");
  useEffect(() => {
    let gone = false;
    drawn(text).then((made) => gone || setPicture(made));
    return () => {
      gone = true;
    };
  }, [text]);
  return html`<div class="qr">${picture && html`<img src=${picture} width="288" height="288" alt=${label} />`}</div>`;
}

/**
 * The code as a picture that other apps take.
 * @param {string} text
 * @param {string} name
 */
export async function asPng(text, name) {
  const picture = new Image();
  picture.src = await drawn(text);
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PIXELS;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, PIXELS, PIXELS);
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, PIXELS, PIXELS);
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("this browser draws no pictures");
  return new File([blob], name, { type: "image/png" });
}
