// Looking for a QR code, through the camera or in a picture.

import { html, useEffect, useRef, useState } from "./html.js";
import { Notice } from "./parts.js";
import { say } from "../words/say.js";

const LOOK_MS = 250;
/** A cheap phone looks through so many pixels in a moment. */
const FRAME = 480;
const PICTURE = 1600;

/** @typedef {(source: CanvasImageSource, width: number, height: number, longest: number) => Promise<string | null>} Reader */

/**
 * What reads codes here: the browser itself, where it can, or else a module.
 * @returns {Promise<Reader>}
 */
async function reader() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (Detector && (await Detector.getSupportedFormats()).includes("qr_code")) {
    const detector = new Detector({ formats: ["qr_code"] });
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  }
  const { decodeQR } = await import("../vendor/qr-decode.js");
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  return async (source, width, height, longest) => {
    const scale = Math.min(1, longest / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return null; // It says so by an error when there is no code.
    }
  };
}

/**
 * @param {Blob} file
 * @returns {Promise<string | null>} what the code in a picture says; null when there is none, or no picture
 */
export async function readPicture(file) {
  const read = await reader();
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return null;
  }
  try {
    return await read(picture, picture.width, picture.height, PICTURE);
  } finally {
    picture.close();
  }
}

/** @param {unknown} error of a camera */
function why(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return say("Flash may not use the camera. You can allow it in the settings of your browser, or choose a picture.");
  if (name === "NotFoundError" || name === "OverconstrainedError") return say("There is no camera here. You can choose a picture.");
  return say("The camera could not be started. You can choose a picture.");
}

/**
 * The camera's picture, while the page is seen. It stops with this component.
 * @param {{ onText: (text: string) => void }} props
 */
export function Camera({ onText }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [trouble, setTrouble] = useState("");
  const [on, setOn] = useState(false);
  const told = useRef(onText);
  told.current = onText;
  useEffect(() => {
    let stop = () => {};
    const follow = () => {
      stop();
      setOn(false);
      if (document.hidden || !video.current) return;
      const leaving = new AbortController();
      stop = () => leaving.abort();
      film(video.current, leaving.signal, () => setOn(true), (text) => told.current(text)).catch((error) => leaving.signal.aborted || setTrouble(why(error)));
    };
    document.addEventListener("visibilitychange", follow);
    follow();
    return () => {
      document.removeEventListener("visibilitychange", follow);
      stop();
    };
  }, []);
  if (trouble) return html`<${Notice} kind="wait">${trouble}<//>`;
  return html`
    <video class="viewfinder" ref=${video} muted playsinline aria-label=${say("What the camera sees")}></video>
    <p class="hint middle" role="status">${on ? say("Hold the code in front of the camera.") : say("The camera starts.")}</p>`;
}

/**
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} leaving
 * @param {() => void} started
 * @param {(text: string) => void} tell
 */
async function film(video, leaving, started, tell) {
  if (!navigator.mediaDevices) throw new DOMException("no camera here", "NotFoundError");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const end = () => stream.getTracks().forEach((track) => track.stop());
  if (leaving.aborted) return end();
  leaving.addEventListener("abort", end, { once: true });
  try {
    video.srcObject = stream;
    const read = await reader();
    await video.play();
    started();
    let last = "";
    while (!leaving.aborted) {
      const text = video.readyState >= 2 ? await read(video, video.videoWidth, video.videoHeight, FRAME) : null;
      // The same code is told once, however long it is held there.
      if (text && text !== last && !leaving.aborted) tell((last = text));
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    end();
  }
}
