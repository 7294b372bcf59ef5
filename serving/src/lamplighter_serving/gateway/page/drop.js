// Where documents come in: dropped anywhere on the page, chosen from a folder, or pasted.

import { byId, setText } from './element.js';

/** Calls `onFiles(files)`. `titleOfTask()` names what they would be read as. */
export function takeDocuments({ onFiles, titleOfTask }) {
  const input = byId('files');
  byId('choose').addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    if (input.files.length) onFiles([...input.files]);
    input.value = ''; // so that the same file can be chosen again
  });
  takeDrops({ onFiles, titleOfTask });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) onFiles(files);
  });
}

function takeDrops({ onFiles, titleOfTask }) {
  const curtain = byId('curtain');
  // Each element that is entered and left tells of it; the pointer has left the page when as many were left as entered.
  let entered = 0;
  const lift = () => {
    entered = 0;
    curtain.hidden = true;
  };
  addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    entered += 1;
    const count = event.dataTransfer.items.length;
    setText(byId('curtain-text'), `Drop ${count === 1 ? 'the document' : `${count} documents`} to read as: ${titleOfTask()}`);
    curtain.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (!carriesFiles(event)) return;
    entered -= 1;
    if (entered <= 0) lift();
  });
  addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault(); // without this the browser opens the file instead
  });
  addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    lift();
    if (event.dataTransfer.files.length) onFiles([...event.dataTransfer.files]);
  });
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes('Files') ?? false;
}
