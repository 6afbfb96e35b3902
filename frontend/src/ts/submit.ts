import { word } from "./words";

/** A second press of the button sends nothing; the page comes back usable from the browser's cache. */
function lock(form: HTMLFormElement): void {
  form.setAttribute("aria-busy", "true");
  for (const button of form.querySelectorAll<HTMLButtonElement>("button[type=submit], button:not([type])")) {
    button.setAttribute("aria-disabled", "true");
    if (button.classList.contains("btn-primary") || button.classList.contains("btn-danger")) {
      const label = button.querySelector<HTMLElement>("[data-label]") ?? button;
      button.dataset["idle"] = label.textContent ?? "";
      label.textContent = word("sending");
    }
  }
}

export function unlock(form: HTMLFormElement): void {
  delete form.dataset["sending"];
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll<HTMLButtonElement>("[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    const label = button.querySelector<HTMLElement>("[data-label]") ?? button;
    const idle = button.dataset["idle"];
    if (idle !== undefined) label.textContent = idle;
    delete button.dataset["idle"];
  }
}

export function startSubmitGuard(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post" || form.matches("[hx-post]")) return;
    if (form.dataset["sending"]) {
      event.preventDefault();
      return;
    }
    if (event.defaultPrevented) return;
    form.dataset["sending"] = "true";
    // After the browser has read the form, so that the pressed button's own name and value are sent.
    window.setTimeout(() => (event.defaultPrevented ? unlock(form) : lock(form)));
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) unlock(form);
  });
}
