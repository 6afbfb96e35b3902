/** Theme switch, menus that close, messages that can be dismissed. */
const YEAR = 31_536_000;

function switchTheme(): void {
  const root = document.documentElement;
  const next = root.dataset["bsTheme"] === "dark" ? "light" : "dark";
  root.dataset["bsTheme"] = next;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${next}; path=/; max-age=${YEAR}; SameSite=Lax${secure}`;
  document.dispatchEvent(new CustomEvent("xl:theme", { detail: next }));
}

function closeMenus(except: Node | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
}

function closeWithEscape(event: KeyboardEvent): void {
  if (event.key !== "Escape") return;
  const open = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary")?.focus();
}

function focusSearch(event: KeyboardEvent): void {
  const typing = (event.target as HTMLElement).closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.querySelector<HTMLInputElement>("[data-search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
}

export function startChrome(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("[data-theme-switch]")) switchTheme();
    target.closest("[data-dismiss]")?.closest(".notice")?.remove();
    if (target.closest("[data-print]")) window.print();
    closeMenus(target);
  });
  document.addEventListener("keydown", (event) => {
    closeWithEscape(event);
    focusSearch(event);
  });
  document.addEventListener("change", (event) => {
    const control = event.target as HTMLElement;
    if (control.matches("[data-submit-on-change]")) control.closest("form")?.requestSubmit();
  });
}
