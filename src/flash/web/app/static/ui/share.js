// Handing things over to other apps, and saving files.

/**
 * Share a text, or else copy it.
 * @param {string} title
 * @param {string} text
 * @param {File} [file] goes along where the phone can
 * @returns {Promise<"shared" | "copied" | "left">} "left": the person changed their mind
 */
export async function share(title, text, file) {
  if (!navigator.share) {
    await navigator.clipboard.writeText(text);
    return "copied";
  }
  const files = file && navigator.canShare?.({ files: [file] }) ? { files: [file] } : {};
  try {
    await navigator.share({ title, text, ...files });
    return "shared";
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return "left";
    throw error;
  }
}

/**
 * Save a file under a name.
 * @param {Blob} file
 * @param {string} name
 */
export function save(file, name) {
  // In the phone's own app the phone asks where to (mobile_app/native/native.js): its window saves nothing.
  const phone = /** @type {any} */ (globalThis).flashPhone;
  if (phone) return phone.save(file, name);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken it by the next turn, but some only begin to read it then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
