/**
 * For browsers that can't run the page's modules: without this text, they would show an empty page. A plain script without
 * newer syntax, so that they can run it.
 */
window.addEventListener("load", function () {
  var page = document.documentElement;
  if (page.hasAttribute("data-ready")) return;
  var text = document.createElement("p");
  text.id = "too-old";
  text.textContent = "This page could not start. Open it in a current Chrome, Edge, Firefox or Safari. If it is one, reload the page.";
  text.style.cssText = "visibility: visible; padding: 2rem; text-align: center";
  document.body.insertBefore(text, document.body.firstChild);
});
