/** Lets files be dropped onto the field in which they are chosen. */

for (const zone of document.querySelectorAll('.drop-zone')) {
  const input = /** @type {HTMLInputElement} */ (zone.querySelector('input[type="file"]'));
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  for (const name of ['dragleave', 'drop']) zone.addEventListener(name, () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    if (dataTransfer?.files.length) input.files = dataTransfer.files;
  });
}

export {};
