// allauth's script reports a passkey that was not made or not used: say so in words.
document.addEventListener("allauth.error", (event) => {
  const words = document.getElementById("passkey_failed");
  if (!words) return;
  event.preventDefault();
  words.classList.add("d-block");
});
