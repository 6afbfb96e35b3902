import { forget, keep, kept, keptKeys } from "./storage";
import { icon, word } from "./words";

/**
 * Drafts: a form with data-draft="key" keeps what was typed on this machine until it is accepted by the server.
 * Passwords, files and hidden fields are never kept. The signed-in person is part of the key, so that two clerks at one
 * counter do not see each other's words. A draft left for two weeks is dropped.
 */
const PREFIX = "draft:";
const OLDEST = 14 * 24 * 3600 * 1000;
const WAIT = 400;

interface Draft {
  at: number;
  values: Record<string, string[]>;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function controls(form: HTMLFormElement): Control[] {
  const skipped = ["password", "file", "hidden", "submit", "button"];
  return Array.from(form.elements).filter((element): element is Control => {
    if (!(element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement))
      return false;
    return element.name !== "" && !skipped.includes(element.type) && !("noDraft" in element.dataset);
  });
}

function read(form: HTMLFormElement): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const control of controls(form)) {
    const chosen = (values[control.name] ??= []);
    if (control instanceof HTMLInputElement && ["checkbox", "radio"].includes(control.type)) {
      if (control.checked) chosen.push(control.value);
    } else if (control instanceof HTMLSelectElement && control.multiple) {
      chosen.push(...Array.from(control.selectedOptions, (option) => option.value));
    } else {
      chosen.push(control.value);
    }
  }
  return values;
}

function write(form: HTMLFormElement, values: Record<string, string[]>): void {
  const used: Record<string, number> = {};
  for (const control of controls(form)) {
    const saved = values[control.name];
    if (!saved) continue;
    if (control instanceof HTMLInputElement && ["checkbox", "radio"].includes(control.type)) {
      control.checked = saved.includes(control.value);
    } else if (control instanceof HTMLSelectElement && control.multiple) {
      for (const option of Array.from(control.options)) option.selected = saved.includes(option.value);
    } else {
      const index = used[control.name] ?? 0;
      used[control.name] = index + 1;
      const value = saved[index];
      if (value !== undefined) control.value = value;
    }
  }
}

function keyOf(form: HTMLFormElement): string {
  return `${PREFIX}${document.body.dataset["person"] ?? ""}:${form.dataset["draft"] ?? ""}`;
}

function load(key: string): Draft | null {
  const text = kept(key);
  if (!text) return null;
  try {
    const draft = JSON.parse(text) as Draft;
    if (typeof draft.at === "number" && Date.now() - draft.at < OLDEST) return draft;
  } catch {
    // A draft that cannot be read is of no use to anyone.
  }
  forget(key);
  return null;
}

function clock(at: number): string {
  const time = new Date(at);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function offerToDrop(form: HTMLFormElement, key: string, draft: Draft, pristine: Record<string, string[]>): void {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.setAttribute("role", "status");
  const body = document.createElement("div");
  body.className = "notice-body";
  body.textContent = word("draftRestored", { time: clock(draft.at) });
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn";
  drop.textContent = word("draftDrop");
  drop.addEventListener("click", () => {
    forget(key);
    write(form, pristine);
    notice.remove();
    form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
  });
  notice.append(icon("history"), body, drop);
  form.prepend(notice);
}

function save(form: HTMLFormElement): void {
  const draft: Draft = { at: Date.now(), values: read(form) };
  const note = form.querySelector<HTMLElement>("[data-draft-note]");
  const saved = keep(keyOf(form), JSON.stringify(draft));
  if (note) note.textContent = saved ? word("draftKept", { time: clock(draft.at) }) : "";
}

function follow(form: HTMLFormElement): void {
  const key = keyOf(form);
  const pristine = read(form);
  // A form that came back with errors already holds what was typed: newer than any draft.
  const answered = form.querySelector(".has-error, .refusal") !== null || "answered" in form.dataset;
  const draft = answered ? null : load(key);
  if (draft && JSON.stringify(draft.values) !== JSON.stringify(pristine)) {
    write(form, draft.values);
    offerToDrop(form, key, draft, pristine);
  }
  let timer = 0;
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => save(form), WAIT);
  });
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    save(form);
  });
}

/** Saves every form that is open now: called when the session ends under a person's hands. */
export function saveDrafts(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) save(form);
}

export function startDrafts(): void {
  // The server names accepted forms on the page that follows them: data-drafts-done="key key".
  for (const done of document.querySelectorAll<HTMLElement>("[data-drafts-done]")) {
    for (const name of (done.dataset["draftsDone"] ?? "").split(" ").filter(Boolean))
      forget(`${PREFIX}${document.body.dataset["person"] ?? ""}:${name}`);
  }
  for (const key of keptKeys(PREFIX)) load(key);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) follow(form);
}
