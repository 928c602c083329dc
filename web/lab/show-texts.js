/** The first module of this page. */
import { showTexts } from "../ui/page-texts.js";
import * as texts from "./texts.js";

showTexts(texts);
