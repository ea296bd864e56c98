#!/usr/bin/env python3
"""The person at the browser: opens a URL, signs in by name, answers the consent, and follows the way back to the client.

    person.py URL

Only the standard library, so that it can stand in for a browser wherever a client opens one (`BROWSER`, `xdg-open`).
What the person is called and says comes from the environment: PERSON_NAME (ada), PERSON_SAYS (approve, deny), PERSON_CODE, what
a device shows, PERSON_KNOWS, where the way leads through besides the first site, and PERSON_PROFILE, the file in which the
browser keeps its cookies from one visit to the next.

Prints one line of JSON, a step of the story: the titles of the pages, and where it ended (without the query, which is a secret).
"""

import http.cookiejar
import json
import os
import sys
import time
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

NAME = os.environ.get("PERSON_NAME", "ada")
SAYS = os.environ.get("PERSON_SAYS", "approve")
CODE = os.environ.get("PERSON_CODE")
KNOWN = os.environ.get("PERSON_KNOWS", "").split()
PROFILE = os.environ.get("PERSON_PROFILE")
MOST_STEPS = 20


class Page(HTMLParser):
    """The title of a page and its forms: where each posts to, what it would send, and its buttons."""

    def __init__(self, html):
        super().__init__()
        self.title = ""
        self.forms = []
        self.in_title = False
        self.in_form = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        at = {name: value or "" for name, value in attrs}
        if tag == "title":
            self.in_title = True
        elif tag == "form":
            self.in_form = True
            form = {"action": at.get("action", ""), "method": at.get("method", "get"), "fields": [], "asked": [], "buttons": []}
            self.forms.append(form)
        elif not self.in_form or "name" not in at:
            return
        elif tag == "button":
            self.forms[-1]["buttons"].append((at["name"], at.get("value", "")))
        elif tag == "input":
            kind = at.get("type", "text")
            if kind == "text":
                self.forms[-1]["asked"].append(at["name"])
            elif kind not in ("checkbox", "radio") or "checked" in at:
                self.forms[-1]["fields"].append((at["name"], at.get("value", "on")))

    def handle_endtag(self, tag):
        if tag == "title":
            self.in_title = False
        elif tag == "form":
            self.in_form = False

    def handle_data(self, data):
        if self.in_title:
            self.title += data.strip()


class StayHere(urllib.request.HTTPRedirectHandler):
    """Redirects are followed one by one: the person wants to know when the way leaves the server."""

    def redirect_request(self, *_):
        return None


class Browser:
    """What a browser remembers and sends along."""

    def __init__(self):
        self.jar = http.cookiejar.LWPCookieJar(PROFILE)
        if PROFILE and Path(PROFILE).exists():
            self.jar.load(ignore_discard=True)
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(StayHere, cookies, urllib.request.ProxyHandler({}))

    def ask(self, url, form=None, of=None):
        """One request; `of` is the page whose form is sent."""
        headers = {"Accept": "text/html,application/xhtml+xml", "User-Agent": "Mozilla/5.0 (the person of the tests)"}
        body = None
        if form is not None:
            body = urlencode(form).encode()
            headers["Origin"] = origin(of)
            headers["Sec-Fetch-Site"] = "same-origin"
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            answer = self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as refused:
            answer = refused
        if PROFILE:
            self.jar.save(ignore_discard=True)
        return answer


def origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def answer_of(page):
    """The form that a person would fill in on this page, and the fields; None where there is nothing to do."""
    for form in page.forms:
        if "name" in form["asked"]:
            return form, [*form["fields"], ("name", NAME)]
        if "user_code" in form["asked"] and CODE:
            return form, [*form["fields"], ("user_code", CODE)]
        if ("decision", SAYS) in form["buttons"]:
            return form, [*form["fields"], ("decision", SAYS)]
    return None


def visit(url):
    browser = Browser()
    home = {origin(url), *KNOWN}
    titles = []
    answer = browser.ask(url)
    for _ in range(MOST_STEPS):
        if 300 <= answer.status < 400:
            url = urljoin(url, answer.headers["Location"])
            if origin(url) not in home:
                return back_at_the_client(browser, url, titles)
            answer = browser.ask(url)
            continue
        page = Page(answer.read().decode())
        titles.append(page.title)
        todo = answer_of(page) if answer.status == 200 else None
        if todo is None:
            return {"pages": titles, "status": answer.status, "ended": url.split("?")[0]}
        form, fields = todo
        before, url = url, urljoin(url, form["action"])
        if form["method"] == "get":
            url = f"{url}?{urlencode(fields)}"
            answer = browser.ask(url)
        else:
            answer = browser.ask(url, form=fields, of=before)
    return {"pages": titles, "ended": "nowhere: the way does not end"}


def back_at_the_client(browser, url, titles):
    """The redirect to the client: a program on this computer is called, anything else only named."""
    if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1"):
        call(browser, url)
    return {"pages": titles, "ended": url.split("?")[0]}


def call(browser, url):
    """Calls the client. Some begin to listen only after the browser was opened, and no person is as quick as this one."""
    for attempt in range(50):
        try:
            browser.ask(url).read()
            return
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or attempt == 49:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps({"step": "person", **visit(sys.argv[-1])}))
