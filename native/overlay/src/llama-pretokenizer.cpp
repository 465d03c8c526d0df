#include "llama-pretokenizer.h"

#include "llama-pretokenizer-data.h"
#include "unicode.h"

#include <algorithm>
#include <initializer_list>

// Huginn's tokenizer was made with one of two regexes ("aeolian", "hesiod"), used as "keep the matches, remove the rest". Both
// are a list of alternatives; the first one that matches at a position wins, as in Oniguruma. Each function below is a part
// of them and returns the end of its match, or NONE. Parts of the regexes that can never match are left out:
//   ot(?!(?:ag\b|\b))\b   asks for a boundary and forbids it
//   <<= >>= **= //= ^     an earlier alternative takes their first characters, or they need a line start after a blank
//   \p{So}                [\p{P}\p{S}] takes it
namespace {

constexpr size_t NONE = (size_t) -1;

struct pretokenizer_huginn {
    const std::vector<uint32_t> & s;
    const bool hesiod;

    std::vector<unicode_cpt_flags> flags;

    pretokenizer_huginn(const std::vector<uint32_t> & s, bool hesiod) : s(s), hesiod(hesiod) {
        flags.reserve(s.size());
        for (const uint32_t c : s) {
            flags.push_back(unicode_cpt_flags_from_cpt(c));
        }
    }

    bool is(size_t i, uint32_t c) const { return i < s.size() && s[i] == c; }

    bool is_letter(size_t i) const { return i < s.size() && flags[i].is_letter; }
    bool is_number(size_t i) const { return i < s.size() && flags[i].is_number; }
    bool is_space (size_t i) const { return i < s.size() && flags[i].is_whitespace; }
    bool is_punct (size_t i) const { return i < s.size() && (flags[i].is_punctuation || flags[i].is_symbol); }
    bool is_blank (size_t i) const { return is(i, ' ') || is(i, '\t'); }

    bool is_in(size_t i, char lo, char hi) const { return i < s.size() && s[i] >= (uint32_t) lo && s[i] <= (uint32_t) hi; }

    bool is_ascii_letter(size_t i) const { return is_in(i, 'a', 'z') || is_in(i, 'A', 'Z'); }
    bool is_hex         (size_t i) const { return is_in(i, 'a', 'f') || is_in(i, 'A', 'F') || is_in(i, '0', '9'); }

    bool is_apostrophe(size_t i) const { return is(i, '\'') || is(i, 0x02BC) || (hesiod && is(i, 0x2019)); }

    // \w: Alphabetic, Mark, Decimal_Number, Connector_Punctuation
    bool is_word(size_t i) const {
        return i < s.size() && (flags[i].is_letter || flags[i].is_accent_mark ||
                (flags[i].is_number && !in_ranges(RANGES_NO, s[i])) || in_ranges(RANGES_WORD, s[i]));
    }

    size_t run(size_t i, bool (pretokenizer_huginn::*f)(size_t) const) const {
        while ((this->*f)(i)) {
            ++i;
        }
        return i;
    }

    size_t run(size_t i, uint32_t c) const {
        while (is(i, c)) {
            ++i;
        }
        return i;
    }

    size_t literal(size_t i, const char * str) const {
        for (; *str; ++str, ++i) {
            if (!is(i, (unsigned char) *str)) {
                return NONE;
            }
        }
        return i;
    }

    size_t first_of(size_t i, std::initializer_list<const char *> strs) const {
        for (const char * str : strs) {
            const size_t e = literal(i, str);
            if (e != NONE) {
                return e;
            }
        }
        return NONE;
    }

    // \\n(?:e(?:wcommand|...)|abla|...)\b
    size_t latex(size_t i) const {
        for (const char * str : {
                "\\newcommand", "\\newenvironment", "\\newline", "\\newpage", "\\newtheorem", "\\nabla", "\\ne", "\\neq", "\\ngeq",
                "\\ngtr", "\\nleq", "\\nexists", "\\nocite", "\\noindent", "\\nolinebreak", "\\nonumber", "\\nopagebreak", "\\normalsize" }) {
            const size_t e = literal(i, str);
            if (e != NONE && !is_word(e)) {
                return e;
            }
        }
        return NONE;
    }

    // [\p{L}]+['ʼ](?:\p{L}+)\b; the second apostrophe is a letter itself, so the first part may have to give letters back
    size_t contraction(size_t i) const {
        const size_t l = run(i, &pretokenizer_huginn::is_letter);
        for (size_t a = l; a > i; --a) {
            if (is_apostrophe(a)) {
                const size_t e = run(a + 1, &pretokenizer_huginn::is_letter);
                if (e > a + 1 && !is_word(e)) {
                    return e;
                }
            }
        }
        return NONE;
    }

    // \p{N}+(?:st|nd|rd|th)
    size_t ordinal(size_t i) const {
        const size_t e = run(i, &pretokenizer_huginn::is_number);
        return e > i ? first_of(e, { "st", "nd", "rd", "th" }) : NONE;
    }

    // <0x[0-9A-Fa-f]{1,2}>
    size_t byte(size_t i) const {
        const size_t e = literal(i, "<0x");
        if (e == NONE || !is_hex(e)) {
            return NONE;
        }
        return is_hex(e + 1) && is(e + 2, '>') ? e + 3 : is(e + 1, '>') ? e + 2 : NONE;
    }

    // the list of operators, contractions, brackets and markdown that both regexes share
    size_t special(size_t i) const {
        size_t e = first_of(i, { "==", "!=", "<=", ">=", "<<", ">>", "**", "//", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", ":=", "++", "--" });
        if (e != NONE) {
            return e;
        }
        e = contraction(i);
        if (e != NONE) {
            return e;
        }
        if (is(i, '\\')) {
            e = run(i + 1, &pretokenizer_huginn::is_ascii_letter);
            return e > i + 1 ? e : first_of(i, { "\\{", "\\}", "\\[", "\\]" });
        }
        e = first_of(i, { "{", "}", "[", "]", "(", ")" });
        if (e != NONE) {
            return e;
        }
        if (is(i, '_')) {
            return run(i, '_');
        }
        if (is(i, 0x2014)) {
            return i + 1;
        }
        e = first_of(i, { "|", "+", "-", "*", "=", ".", ",", "!", "?", ";", "$$", "$" });
        if (e != NONE) {
            return e;
        }
        for (const char c : { '`', '"', '#' }) {
            if (is(i, c)) {
                return run(i, c);
            }
        }
        return ordinal(i);
    }

    // [^\r\n\p{L}\p{N}]?\p{L}+
    size_t letters(size_t i) const {
        if (i < s.size() && !is(i, '\r') && !is(i, '\n') && !is_letter(i) && !is_number(i) && is_letter(i + 1)) {
            return run(i + 1, &pretokenizer_huginn::is_letter);
        }
        return is_letter(i) ? run(i, &pretokenizer_huginn::is_letter) : NONE;
    }

    // after the blank, or without one
    size_t hesiod_piece(size_t i) const {
        size_t e = special(i);
        if (e != NONE) {
            return e;
        }
        e = is_number(i) ? i + 1 : letters(i);
        if (e != NONE) {
            return e;
        }
        return is_punct(i) ? run(i, &pretokenizer_huginn::is_punct) : NONE;
    }

    size_t aeolian_piece(size_t i) const {
        if (is_blank(i)) {
            size_t e = special(i + 1);
            if (e == NONE) {
                e = byte(i + 1);
            }
            if (e != NONE) {
                return e;
            }
        }
        const size_t e = letters(i);
        return e == NONE && is_punct(i) ? i + 1 : e;
    }

    size_t match(size_t i) const {
        size_t e = latex(i);
        if (e != NONE) {
            return e;
        }
        if (is(i, '\n')) {
            return run(i, '\n');
        }
        if (is(i, '\\') && is(i + 1, 'n') && is_word(i + 2)) {
            return i + 2;
        }
        if (hesiod) {
            e = is_blank(i) ? hesiod_piece(i + 1) : NONE;
            if (e == NONE) {
                e = hesiod_piece(i);
            }
        } else {
            e = is_number(i) ? i + 1 : aeolian_piece(i);
        }
        if (e != NONE) {
            return e;
        }
        return is_space(i) ? run(i, &pretokenizer_huginn::is_space) : NONE;
    }
};

} // namespace

bool llama_pretokenizer_split(const std::string & text, const std::vector<std::string> & regex_exprs, std::vector<std::string> & words) {
    if (regex_exprs.size() != 1 || (regex_exprs[0] != "huginn-aeolian" && regex_exprs[0] != "huginn-hesiod")) {
        return false;
    }

    const auto cpts = unicode_cpts_from_utf8(text);
    const pretokenizer_huginn pre(cpts, regex_exprs[0] == "huginn-hesiod");

    words.clear();
    for (size_t i = 0; i < cpts.size();) {
        const size_t e = pre.match(i);
        if (e == NONE) {
            ++i;
            continue;
        }
        std::string word;
        for (; i < e; ++i) {
            word += unicode_cpt_to_utf8(cpts[i]);
        }
        words.push_back(std::move(word));
    }

    return true;
}
