#pragma once

#include <string>
#include <vector>

// Pre-tokenizers that keep the matches of a regex and delete the text between them. unicode_regex_split() cannot express
// that, it only cuts, and std::regex has neither \b nor categories for what is not ASCII.
//
// regex_exprs holds the name of such a pre-tokenizer instead of a regex: the result are its matches, in order
// returns false, and leaves words alone, if it does not
bool llama_pretokenizer_split(const std::string & text, const std::vector<std::string> & regex_exprs, std::vector<std::string> & words);
