// Tries again by itself, at the same place of the app.

const EVERY_MS = 5000;

setTimeout(() => location.reload(), EVERY_MS);
document.querySelector('button')?.addEventListener('click', () => location.reload());
