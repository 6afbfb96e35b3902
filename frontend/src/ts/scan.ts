import { word } from "./words";

/** The camera reads a label where the browser can; everywhere else the code is typed. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

type DetectorClass = new (options: { formats: string[] }) => Detector;

const EVERY = 250;

function detectorClass(): DetectorClass | undefined {
  return (window as unknown as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

export function startScan(): void {
  const Found = detectorClass();
  const can = Found !== undefined && "mediaDevices" in navigator;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-scan]")) {
    button.hidden = !can;
    if (Found && can) button.addEventListener("click", () => void scan(new Found({ formats: ["qr_code"] }), button));
  }
}

/** A label of this installation opens its page; any other text is searched for. */
function open(text: string): void {
  const search = `/search?q=${encodeURIComponent(text.slice(0, 100))}`;
  try {
    const address = new URL(text);
    location.href = /^\/(q|objects)\/[\w-]+\/$/.test(address.pathname) ? address.pathname : search;
  } catch {
    location.href = search;
  }
}

async function scan(detector: Detector, button: HTMLButtonElement): Promise<void> {
  const said = button.closest("form")?.querySelector<HTMLElement>("[data-scan-said]");
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    if (said) said.textContent = word("scanRefused");
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.className = "scan-view";
  const video = document.createElement("video");
  video.playsInline = true;
  video.muted = true;
  video.srcObject = stream;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn";
  close.textContent = word("close");
  close.addEventListener("click", () => dialog.close());
  dialog.append(video, close);
  document.body.append(dialog);
  const timer = window.setInterval(() => {
    void detector.detect(video).then(([first]) => {
      if (!first) return;
      dialog.close();
      open(first.rawValue);
    }, () => undefined);
  }, EVERY);
  dialog.addEventListener("close", () => {
    window.clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
    button.focus();
  });
  dialog.showModal();
  await video.play();
}
