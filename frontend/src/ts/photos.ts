import { icon, word } from "./words";

/**
 * Photo fields: several shots add up, each can be taken out, nothing is re-encoded, because the time and place
 * written inside the file are part of the proof.
 */
interface Shot {
  file: File;
  address: string;
}

function size(bytes: number): string {
  return bytes >= 1_048_576 ? `${(bytes / 1_048_576).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`;
}

function same(a: File, b: File): boolean {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
}

class PhotoField {
  private shots: Shot[] = [];
  private readonly most: number;
  private readonly heaviest: number;

  constructor(
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly said: HTMLElement | null,
  ) {
    this.most = Number(input.dataset["most"] ?? "9");
    this.heaviest = Number(input.dataset["heaviest"] ?? String(20 * 1_048_576));
    input.addEventListener("change", () => this.add(Array.from(input.files ?? [])));
  }

  add(files: File[]): void {
    let refused = "";
    for (const file of files) {
      if (this.shots.some((shot) => same(shot.file, file))) continue;
      if (file.size > this.heaviest) refused = word("photoHeavy", { name: file.name, size: size(this.heaviest) });
      else if (this.shots.length >= this.most) refused = word("photoMany", { most: this.most });
      else this.shots.push({ file, address: URL.createObjectURL(file) });
    }
    this.show();
    if (refused && this.said) this.said.textContent = refused;
  }

  private remove(shot: Shot): void {
    URL.revokeObjectURL(shot.address);
    this.shots = this.shots.filter((other) => other !== shot);
    this.show();
    this.input.focus();
  }

  private show(): void {
    const bag = new DataTransfer();
    for (const shot of this.shots) bag.items.add(shot.file);
    this.input.files = bag.files;
    this.list.replaceChildren(...this.shots.map((shot) => this.item(shot)));
    if (this.said) this.said.textContent = this.shots.length ? word("photoCount", { count: this.shots.length }) : "";
  }

  private item(shot: Shot): HTMLLIElement {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = shot.address;
    image.alt = shot.file.name;
    const name = document.createElement("span");
    name.textContent = `${shot.file.name} · ${size(shot.file.size)}`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.setAttribute("aria-label", `${word("remove")} ${shot.file.name}`);
    remove.append(icon("x"));
    remove.addEventListener("click", () => this.remove(shot));
    item.append(image, name, remove);
    return item;
  }
}

/** A drop zone for one sheet shows the name of the file it holds. */
function nameFile(input: HTMLInputElement): void {
  const shown = input.closest(".photo-drop")?.querySelector<HTMLElement>("[data-file-name]");
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (shown && file) shown.textContent = `${file.name} · ${size(file.size)}`;
  });
}

function followDrag(zone: HTMLElement): void {
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("is-over"));
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
}

export function startPhotos(root: ParentNode = document): void {
  for (const holder of root.querySelectorAll<HTMLElement>("[data-photos]:not([data-ready])")) {
    holder.dataset["ready"] = "";
    const input = holder.querySelector<HTMLInputElement>("input[type=file]");
    const list = holder.querySelector<HTMLElement>(".photo-previews");
    if (input && list) new PhotoField(input, list, holder.querySelector<HTMLElement>("[data-photo-said]"));
  }
  for (const input of root.querySelectorAll<HTMLInputElement>("input[data-one-file]")) nameFile(input);
  for (const zone of root.querySelectorAll<HTMLElement>(".photo-drop")) followDrag(zone);
}
