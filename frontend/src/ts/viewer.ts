import { word } from "./words";

/** A photo opens over the page; without scripts it is a plain link. */
export function startViewer(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-photo]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
}

function show(link: HTMLAnchorElement): void {
  const dialog = document.createElement("dialog");
  dialog.className = "photo-viewer";
  const image = document.createElement("img");
  image.src = link.href;
  image.alt = link.querySelector("img")?.alt ?? "";
  const caption = document.createElement("p");
  caption.textContent = link.closest("figure")?.querySelector("figcaption")?.textContent?.trim() ?? image.alt;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn";
  close.textContent = word("close");
  close.addEventListener("click", () => dialog.close());
  dialog.append(image, caption, close);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}
