// Where this Flash is. In the phone's own app the page is elsewhere than the service.

const api = document.querySelector('meta[name="flash-api"]')?.getAttribute("content") ?? "/api";

export const SERVICE = new URL(api, location.href).origin;
/** Addresses of ours in codes. */
export const ORIGINS = [SERVICE, location.origin];
