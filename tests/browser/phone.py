"""A phone around the bundle of the web app: Capacitor's own bridge in the page, and behind it what Android does.

Of Android's side only what the app touches is here, as Capacitor's sources have it: reading calls come as requests to
an address of the page's own origin, others as messages; cookies are the phone's; and a WebView takes no 304.
"""

import base64
import json
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from playwright.sync_api import BrowserContext, Page, Route

PAGE = "https://localhost"
API = "https://flash.example/api"

PLUGINS = {"App": ["exitApp", "getLaunchUrl"], "Filesystem": ["writeFile"], "Share": ["share"]}
START = """
window.Capacitor = {DEBUG: false, isLoggingEnabled: false, Plugins: {}};
window.WEBVIEW_SERVER_URL = PAGE;
window.CapacitorHttpAndroidInterface = {isEnabled: () => true};
window.CapacitorCookiesAndroidInterface = {isEnabled: () => true, setCookie() {}};
window.androidBridge = {postMessage: async (text) => {
  const call = JSON.parse(text), answer = await flashNative(call);
  if (answer) window.androidBridge.onmessage({data: JSON.stringify({...call, ...answer})});
}};
"""
PLUGIN = """
for (const [name, methods] of Object.entries(PLUGINS)) {
  const addListener = (event, heard) => window.Capacitor.addListener(name, event, heard);
  const plugin = window.Capacitor.Plugins[name] = {addListener};
  for (const method of methods) plugin[method] = (options) => window.Capacitor.nativePromise(name, method, options);
}
"""


@dataclass
class Phone:
    """What the phone did for the app.

    Attributes:
        launched: the link that it opened the app with.
        deaf: whether orders get no answer.
        calls: method, path and status of each call that left the phone.
        files: what the app wrote, by name.
        shared: what was handed to other apps.
        listening: where the app hears of events of the phone.
    """

    bundle: Path
    service: str
    launched: str = ""
    deaf: bool = False
    cookie: str = ""
    calls: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    shared: list[Any] = field(default_factory=list)
    listening: dict[str, str] = field(default_factory=dict)

    def carry(self, context: BrowserContext, bridge: Path) -> None:
        """Have every page of a browser be one of the phone's app."""
        context.expose_function("flashNative", self._asked)
        start, plugins = START.replace("PAGE", json.dumps(PAGE)), PLUGIN.replace("PLUGINS", json.dumps(PLUGINS))
        context.add_init_script(f"{start}\n{bridge.read_text()}\n{plugins}")
        context.route(f"{PAGE}/**", self._serve)

    def tell(self, page: Page, event: str, about: Any) -> None:
        """Have the app hear of something."""
        told = {"callbackId": self.listening[event], "success": True, "save": True, "data": about}
        page.evaluate("(told) => window.androidBridge.onmessage({data: JSON.stringify(told)})", told)

    def _serve(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.path == "/_capacitor_http_interceptor_":
            answer = self._call("GET", parse_qs(address.query)["u"][0], route.request.headers, None)
            if answer.status_code == 304:
                route.abort()
                return
            headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-encoding"}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
            return
        file = self.bundle / (address.path.lstrip("/") or "index.html")
        route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])

    def _asked(self, call: Any) -> Any:
        name, options = f"{call['pluginId']}.{call['methodName']}", call["options"]
        if name.endswith(".addListener"):
            self.listening[options["eventName"]] = call["callbackId"]
            return None
        answers: dict[str, Callable[[Any], Any]] = {
            "CapacitorHttp.request": self._order,
            "App.getLaunchUrl": lambda _: {"url": self.launched} if self.launched else None,
            "Filesystem.writeFile": self._write,
            "Share.share": self.shared.append,
        }
        if self.deaf and name == "CapacitorHttp.request":
            return None
        return {"success": True, "data": answers[name](options)}

    def _write(self, options: Any) -> Any:
        self.files[options["path"]] = base64.b64decode(options["data"])
        return {"uri": f"file:///cache/{options['path']}"}

    def _order(self, options: Any) -> Any:
        answer = self._call(options["method"], options["url"], options["headers"], options.get("data"))
        told = {"status": answer.status_code, "headers": dict(answer.headers), "data": answer.json()}
        return {**told, "url": options["url"]}

    def _call(self, method: str, url: str, headers: dict[str, str], body: Any) -> requests.Response:
        assert url.startswith(f"{API}/")
        not_ours = ("host", "accept-encoding", "referer")
        sent = {name: value for name, value in headers.items() if name.lower() not in not_ours}
        sent |= {"Cookie": self.cookie} if self.cookie else {}
        where = self.service + url.removeprefix("https://flash.example")
        answer = requests.request(method, where, headers=sent, data=body, timeout=20)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.calls.append(f"{method} {urlsplit(url).path} {answer.status_code}")
        return answer
