/** The first module of this page. A page of your own has its texts in its HTML, or wherever it keeps them. */
import { showTexts } from "../ui/page-texts.js";
import * as texts from "./texts.js";

showTexts(texts);
