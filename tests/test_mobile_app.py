"""The phone's app (mobile_app/), as far as it can be looked at without Android Studio and Xcode."""

import json
import plistlib
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from flash.web.app.__main__ import bundle

ROOT = Path(__file__).parents[1]
APP = ROOT / "mobile_app"
ANDROID, IOS = APP / "android", APP / "ios"
NAME = "{http://schemas.android.com/apk/res/android}"
PROJECT = IOS / "App/App.xcodeproj/project.pbxproj"

ENVIRONMENT = {
    "API_URL": "https://flash-payments-api.herokuapp.com/api",
    "MTN_SANDBOX_MODE": "false",
    "DEBUG_MODE": "false",
    "ENVIRONMENT": "production",
    "ANALYTICS_ENABLED": "true",
    "SENTRY_DSN": "",
}
"""What the plan lists."""


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


MADE_HERE = re.compile(
    r"node_modules/|www/|ios/version.xcconfig|ios/App/App/(public|capacitor.config.json|config.xml)|ios/capacitor-cordova"
    r"|android/(app/src/main/assets|app/src/main/res/xml/config.xml|capacitor-cordova|gradle/wrapper/gradle-wrapper.jar)"
    r"|.*/build/|.*/\.gradle/|android/local.properties"
)
"""What is no part of the repository."""


def kept() -> list[Path]:
    """The files of the app that are in the repository."""
    found = (path for path in APP.rglob("*") if path.is_file())
    return [path for path in found if not MADE_HERE.match(path.relative_to(APP).as_posix())]


def manifest() -> ET.Element:
    return ET.parse(ANDROID / "app/src/main/AndroidManifest.xml").getroot()


def test_calls_leave_by_the_phone_with_its_cookies_encrypted_and_nothing_is_logged() -> None:
    config = read_json(APP / "capacitor.config.json")
    assert config["plugins"] == {"CapacitorHttp": {"enabled": True}, "CapacitorCookies": {"enabled": True}}
    # No `url`: the page is on the phone.
    assert config["server"] == {"androidScheme": "https", "cleartext": False, "allowNavigation": []}
    assert config["android"]["allowMixedContent"] is False
    # Capacitor would log each cookie that it is given.
    assert config["loggingBehavior"] == "none"


def test_the_bundle_starts_where_the_script_puts_ours_before_it_and_may_call_nobody_else(tmp_path: Path) -> None:
    script = (APP / "scripts/bundle.js").read_text()
    (start,) = re.findall(r"START = '(.+)';", script)
    bundle(tmp_path, ENVIRONMENT["API_URL"])
    page = (tmp_path / "index.html").read_text()
    assert page.count(start) == 1
    assert f'<meta name="flash-api" content="{ENVIRONMENT["API_URL"]}">' in page
    (policy,) = re.findall(r'Content-Security-Policy" content="(.+)"', page)
    assert {"default-src 'none'", "script-src 'self' capacitor://localhost"} <= set(policy.split("; "))
    assert "http" not in policy
    assert (tmp_path / "core/router.js").exists()  # What native.js imports.
    assert not (tmp_path / "sw.js").exists()


def test_the_environment_is_that_of_the_plan_and_the_readme_tells_what_each_line_does() -> None:
    lines = (APP / ".env.production").read_text().splitlines()
    said = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert said == ENVIRONMENT
    readme, scripts = (APP / "README.md").read_text(), (APP / "scripts/shared.js").read_text()
    for name in ENVIRONMENT:
        assert f"| `{name}` |" in readme
        assert name in scripts


def test_android_is_let_do_what_it_needs_and_no_more() -> None:
    wanted = {one.get(f"{NAME}name") for one in manifest().iter("uses-permission")}
    assert wanted == {"android.permission.INTERNET", "android.permission.CAMERA"}
    assert [one.get(f"{NAME}required") for one in manifest().iter("uses-feature")] == ["false"]
    (application,) = manifest().iter("application")
    assert application.get(f"{NAME}usesCleartextTraffic") == "false"
    assert application.get(f"{NAME}allowBackup") == "false"
    assert [one.get(f"{NAME}exported") for one in manifest().iter("provider")] == ["false"]


def test_android_opens_links_of_the_service_and_of_nobody_else() -> None:
    _, links = manifest().iter("intent-filter")
    assert links.get(f"{NAME}autoVerify") == "true"
    told = [value for data in links.iter("data") for value in data.attrib.values()]
    assert told == ["https", "${linkHost}", "/pay/"]
    gradle = (ANDROID / "app/build.gradle").read_text()
    assert "linkHost: new URI(environment.getProperty('API_URL')).host" in gradle


def test_what_android_is_told_of_is_there() -> None:
    resources = ANDROID / "app/src/main/res"
    texts = [path.read_text() for path in (*resources.rglob("*.xml"), ANDROID / "app/src/main/AndroidManifest.xml")]
    for path in resources.rglob("*.xml"):
        ET.parse(path)
    files = {f"{path.parent.name.split('-')[0]}/{path.stem}" for path in resources.rglob("*.xml")}
    named = [one for path in (resources / "values").iterdir() for one in ET.parse(path).getroot()]
    values = {f"{one.tag}/{one.get('name')}" for one in named}
    # Capacitor's own library has these colours.
    ours = files | values | {"color/colorPrimary", "color/colorPrimaryDark", "color/colorAccent"}
    assert set(re.findall(r'[">]@(\w+/[\w.]+)["<]', "".join(texts))) <= ours


def test_ios_says_why_it_wants_the_camera_and_lets_nothing_through_unencrypted() -> None:
    info = plistlib.loads((IOS / "App/App/Info.plist").read_bytes())
    assert "QR codes" in info["NSCameraUsageDescription"]
    assert info["NSPhotoLibraryAddUsageDescription"]
    assert "NSAppTransportSecurity" not in info
    entitlements = plistlib.loads((IOS / "App/App/App.entitlements").read_bytes())
    assert entitlements == {"com.apple.developer.associated-domains": ["applinks:$(FLASH_LINK_HOST)"]}
    for board in (IOS / "App/App/Base.lproj").iterdir():
        ET.parse(board)


def test_the_project_of_ios_names_nothing_that_is_not_in_it() -> None:
    text = PROJECT.read_text()
    defined = set(re.findall(r"^\t\t([0-9A-F]{24})(?: /\*.*?\*/)? = \{", text, re.MULTILINE))
    assert set(re.findall(r"\b[0-9A-F]{24}\b", text)) == defined
    assert text.count("{") == text.count("}")
    assert text.count("baseConfigurationReference") == 4
    for name in re.findall(r"path = \.\./(\w+\.xcconfig)", text):
        assert (IOS / name).exists()


def test_the_version_stands_in_one_place() -> None:
    version = read_json(APP / "package.json")["version"]
    assert re.fullmatch(r"\d+\.\d{1,2}\.\d{1,2}", version)
    gradle, info = (ANDROID / "app/build.gradle").read_text(), (IOS / "App/App/Info.plist").read_text()
    assert "new JsonSlurper().parse(file('../../package.json')).version" in gradle
    assert re.findall(r"version(?:Name|Code) (.+)", gradle) == ["major * 10000 + minor * 100 + patch", "flashVersion"]
    assert "<string>$(MARKETING_VERSION)</string>" in info
    assert "<string>$(CURRENT_PROJECT_VERSION)</string>" in info
    assert not re.search("MARKETING_VERSION|CURRENT_PROJECT_VERSION", PROJECT.read_text())
    assert '#include? "version.xcconfig"' in (IOS / "release.xcconfig").read_text()


def test_a_release_is_signed_by_the_environment_and_no_key_is_kept() -> None:
    gradle = (ANDROID / "app/build.gradle").read_text()
    (signing,) = re.findall(r"signingConfigs \{(.+?)\n    \}", gradle, re.DOTALL)
    values = re.findall(r"(?:storeFile|storePassword|keyAlias|keyPassword) (.+)", signing)
    names = ["FLASH_KEYSTORE", "FLASH_KEYSTORE_PASSWORD", "FLASH_KEY_ALIAS", "FLASH_KEY_PASSWORD"]
    assert values == [f"file(System.getenv('{names[0]}'))", *(f"System.getenv('{name}')" for name in names[1:])]
    assert "DEVELOPMENT_TEAM" not in PROJECT.read_text()
    keys = re.compile(r"\.(jks|keystore|p12|mobileprovision)$|google-services")
    assert [path for path in kept() if keys.search(path.name)] == []


def test_only_the_icon_that_ios_insists_on_is_no_text() -> None:
    binary = [path.relative_to(APP).as_posix() for path in kept() if b"\0" in path.read_bytes()]
    assert binary == ["ios/App/App/Assets.xcassets/AppIcon.appiconset/AppIcon-512@2x.png"]


def test_every_package_is_pinned_with_its_checksum() -> None:
    package, lock = read_json(APP / "package.json"), read_json(APP / "package-lock.json")
    root, others = lock["packages"][""], {path: one for path, one in lock["packages"].items() if path}
    pinned = {**package["dependencies"], **package["devDependencies"]}
    assert {**root["dependencies"], **root["devDependencies"]} == pinned
    for name, version in pinned.items():
        assert others[f"node_modules/{name}"]["version"] == version
    for path, one in others.items():
        # Without one, what is taken comes from whatever registry is set, and must have the checksum.
        assert one.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), path
        # What comes in another package is under the checksum of that.
        assert one.get("inBundle") or one["integrity"].startswith("sha512-"), path
    swift = (IOS / "App/CapApp-SPM/Package.swift").read_text()
    assert f'capacitor-swift-pm.git", exact: "{pinned["@capacitor/ios"]}"' in swift


ASKED_FOR = {
    "core/router.js": "export function go(",
    "screens/scan.js": "handed.peek()?.code",
    "ui/share.js": ".flashPhone",
}


@pytest.mark.parametrize("name", ASKED_FOR)
def test_the_app_still_has_the_words_by_which_it_and_the_phone_know_each_other(name: str) -> None:
    assert ASKED_FOR[name] in (ROOT / "src/flash/web/app/static" / name).read_text()
