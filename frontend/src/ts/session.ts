import { saveDrafts } from "./drafts";
import { toast } from "./toast";
import { word } from "./words";

/**
 * The session may end under a person's hands. What was typed is kept first; then the page says so and opens sign-in in
 * a second tab, so that this one stays as it is.
 */
const WARN_BEFORE = 120_000;
let last = Date.now();
let warned = false;

function signInAddress(): string {
  return document.body.dataset["signIn"] ?? "/";
}

function askToSignIn(): void {
  if (document.querySelector("dialog[data-session]")) return;
  saveDrafts();
  const dialog = document.createElement("dialog");
  dialog.dataset["session"] = "";
  const head = document.createElement("h2");
  head.textContent = word("sessionEnded");
  const text = document.createElement("p");
  text.textContent = word("sessionKept");
  const line = document.createElement("div");
  line.className = "row-line";
  const link = document.createElement("a");
  link.className = "btn btn-primary";
  link.href = signInAddress();
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = word("signIn");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn";
  close.textContent = word("close");
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  line.append(link, close);
  dialog.append(head, text, line);
  document.body.append(dialog);
  dialog.showModal();
}

function watchIdle(seconds: number): void {
  const tick = window.setInterval(() => {
    const left = last + seconds * 1000 - Date.now();
    if (left <= 0) {
      window.clearInterval(tick);
      askToSignIn();
    } else if (left < WARN_BEFORE && !warned) {
      warned = true;
      saveDrafts();
      toast(word("sessionSoon"), "warning", { href: location.href, label: word("stay") });
    }
  }, 15_000);
}

export function startSession(): void {
  const idle = Number(document.body.dataset["idle"] ?? "0");
  if (idle > 0) watchIdle(idle);
  // The job tray polls by itself: that is the page asking, not a person, and must not count as life.
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>;
    if (detail.xhr.status === 401) askToSignIn();
    else if (!detail.elt.closest("[data-quiet]")) {
      last = Date.now();
      warned = false;
    }
  });
  document.body.addEventListener("htmx:sendError", () => toast(word("offline"), "warning"));
  document.body.addEventListener("htmx:responseError", (event) => {
    const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>;
    if (detail.xhr.status !== 401 && !detail.elt.closest("[data-quiet]")) toast(word("failed"), "error");
  });
}
