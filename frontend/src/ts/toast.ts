import { icon, word } from "./words";

type Tone = "info" | "success" | "warning" | "error";
const ICONS: Record<Tone, string> = {
  info: "info-circle",
  success: "circle-check",
  warning: "alert-triangle",
  error: "alert-triangle",
};
const SHOWN_FOR = 6000;

/** One line that appears in the corner and is read aloud; warnings and errors stay until dismissed. */
export function toast(text: string, tone: Tone = "info", link?: { href: string; label: string }): void {
  const tray = document.getElementById("toasts");
  if (!tray) return;
  const notice = document.createElement("div");
  notice.className = `notice is-${tone}`;
  const body = document.createElement("div");
  body.className = "notice-body";
  body.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.label;
    body.append(" ", anchor);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-plain btn-square";
  close.dataset["dismiss"] = "";
  close.setAttribute("aria-label", word("close"));
  close.append(icon("x"));
  notice.append(icon(ICONS[tone]), body, close);
  tray.append(notice);
  if (tone === "info" || tone === "success") window.setTimeout(() => notice.remove(), SHOWN_FOR);
}

/** The server may ask for a toast: HX-Trigger: {"toast": {"text": "...", "tone": "success"}}. */
export function startToasts(): void {
  document.addEventListener("toast", (event) => {
    const detail = (event as CustomEvent<{ text?: string; value?: string; tone?: Tone }>).detail;
    toast(detail.text ?? detail.value ?? "", detail.tone ?? "info");
  });
}
