#include "tsg/governance/json_filter.hpp"

#include <algorithm>

#include "governance/deep_text.hpp"
#include "governance/joined_text.hpp"
#include "governance/media.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/json/tokens.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::governance {
namespace {

// A JSON text inside a string may be as large as the body, and name a thing twice: its reader decides which
// counts.
json::Limits inner_limits() {
  json::Limits limits;
  limits.members_max = limits.number_chars_max = SIZE_MAX;
  limits.unique_names = false;
  limits.depth_max = kDepthMost;
  return limits;
}

// JSON in a string of JSON in a string, and so on: each is a copy, and takes another pass.
constexpr std::size_t kInnerMost = 8;

class Reader {
 public:
  Reader(ContentRules const& rules, Tally& tally, std::string_view text, std::vector<Replacement>& changes,
         std::size_t inner = 0)
      : rules_{rules}, tally_{tally}, text_{text}, changes_{changes}, inner_{inner} {}

  Result<> read(json::Span value, Place const& at) {
    using Kind = json::Tokens::Kind;
    json::Tokens tokens{text_, value};
    next_ = &at;
    for (;;) {
      auto const token = tokens.next();
      Result<> done = boost::system::in_place_value;
      switch (token.kind) {
        case Kind::begin_object:
        case Kind::begin_array:
          open(token, token.kind == Kind::begin_object);
          continue;
        case Kind::end_object:
        case Kind::end_array:
          if (open_.empty()) return done;  // of a text that was not scanned
          done = close(token.span.end);
          break;
        case Kind::key:
          done = name(token.span);
          if (!done) return done;
          continue;
        case Kind::string:
          done = string(token.span, place());
          break;
        case Kind::number:
          done = number(token.span, place());
          break;
        case Kind::word:
          break;
        case Kind::end:
          return done;
      }
      if (!done || open_.empty()) return done;
    }
  }

  // A text by its place.
  Result<std::optional<std::string>> said(std::string const& said, Place const& at) {
    switch (at.text) {
      case Place::Text::skip:
        return std::optional<std::string>{};
      case Place::Text::word:
        if (std::ranges::find(at.words, said) != at.words.end()) return std::optional<std::string>{};
        break;
      case Place::Text::json:
        return json_text(said);
      case Place::Text::media:
      case Place::Text::payload:
        if (auto const media = inline_media(said, at.text == Place::Text::payload))
          return payload(said, *media);
        break;
      case Place::Text::read:
        break;
    }
    return plain_text(said);
  }

 private:
  struct Frame {
    Place const* at;
    bool object;
    std::size_t begin;    // in the text
    std::size_t changes;  // made before it
  };

  // Where the value that begins now stands.
  Place const& place() const noexcept {
    if (open_.empty() || open_.back().object) return *next_;
    auto const& list = *open_.back().at;
    return list.elements != nullptr ? *list.elements : list;
  }

  void open(json::Tokens::Token const& token, bool object) {
    auto const& at = place();
    open_.push_back({&at, object, token.span.begin, changes_.size()});
    joining_ += !object && at.joins;
  }

  Result<> close(std::size_t end) {
    auto const frame = open_.back();
    open_.pop_back();
    if (!frame.object && frame.at->joins) {
      if (--joining_ == 0)
        if (auto done = joined_.finish(rules_, tally_, changes_); !done) return done;
    }
    if (frame.at->together && changes_.size() > frame.changes) {
      changes_.resize(frame.changes);
      changes_.push_back({{frame.begin, end}, frame.object ? "{}" : "[]"});
    }
    return boost::system::in_place_value;
  }

  Result<> name(json::Span span) {
    auto const said = json::unquoted(raw(span));
    bool known = false;
    next_ = &child(*open_.back().at, said, known);
    return known || next_->text == Place::Text::skip ? Result<>{boost::system::in_place_value}
                                                     : replace(span, filter_text(rules_, tally_, said));
  }

  Result<> string(json::Span span, Place const& at) {
    if (at.text == Place::Text::skip) return boost::system::in_place_value;
    auto said = json::unquoted(raw(span));
    if (at.joins && joining_ > 0 && at.text == Place::Text::read) {
      auto unfolded = said.find("\\u") == said.npos ? Filtered{std::optional<std::string>{}} : inside(said);
      if (!unfolded) return unfolded.error();
      bool const changed = unfolded->has_value();
      return joined_.add(rules_, tally_, span, changed ? std::move(**unfolded) : std::move(said), changed);
    }
    return replace(span, this->said(said, at));
  }

  Result<> number(json::Span span, Place const& at) {
    if (at.encoded) return unreadable();
    if (!at.numbers) return boost::system::in_place_value;
    return replace(span, filter_text(rules_, tally_, raw(span)));
  }

  using Filtered = Result<std::optional<std::string>>;

  // Text that is JSON may hide in escapes what its readers will see.
  Filtered plain_text(std::string const& said) {
    if (said.find("\\u") == said.npos) return filter_text(rules_, tally_, said);
    auto unfolded = inside(said);  // first: what is found in plain sight must not hide the rest
    if (!unfolded) return unfolded;
    auto filtered = filter_text(rules_, tally_, *unfolded ? **unfolded : said);
    return !filtered || *filtered ? filtered : unfolded;
  }
  Filtered json_text(std::string const& said) {
    if (json::scan(said, inner_limits())) return inside(said);
    if (auto const done = deep(said); !done) return done.error();
    return filter_text(rules_, tally_, said, Form::json);
  }
  // nullopt also of what is no JSON, and of what is too deep.
  Filtered inside(std::string const& said) {
    if (inner_ == kInnerMost || !json::scan(said, inner_limits())) {
      if (auto const done = deep(said); !done) return done.error();
      return std::optional<std::string>{};
    }
    std::vector<Replacement> changes;
    auto const done = Reader{rules_, tally_, said, changes, inner_ + 1}.read({0, said.size()}, anything());
    if (!done) return done.error();
    if (changes.empty()) return std::optional<std::string>{};
    return std::optional{applied(said, std::move(changes))};
  }

  // Too deep to be read as JSON: read as one text without its escapes. What only shows there cannot be
  // replaced.
  Result<> deep(std::string const& said) {
    if (said.find('\\') == said.npos || (inner_ < kInnerMost && !too_deep(said)))
      return boost::system::in_place_value;
    Tally open{rules_}, hidden{rules_};
    auto const plain = filter_text(rules_, open, said);
    if (!plain) return boost::system::in_place_value;  // who called reads it like this, too
    auto const found = filter_text(rules_, hidden, without_escapes(*plain ? **plain : said));
    for (std::size_t i = 0; i < rules_.rules().size(); ++i)
      for (auto n = hidden.count(i); n > 0; --n) tally_.add(i);
    if (!found) return found.error();
    for (std::size_t i = 0; i < rules_.rules().size(); ++i) {
      auto const& one = rules_.rules()[i];
      if (hidden.count(i) > 0 && one.rule->action == Action::redact)
        return denied(*one.source, "content." + one.rule->name,
                      "The content rule '" + one.rule->name +
                          "' matched in JSON that is nested too deep to be redacted.");
    }
    return boost::system::in_place_value;
  }

  // The head of the URL is text, and so is a file of text; other media are not looked into.
  Filtered payload(std::string const& said, Inline const& media) {
    if (media.brief) {  // may as well be a text that only looks like base64
      auto as_text = plain_text(said);
      if (!as_text || *as_text) return as_text;
    }
    std::string_view const head = std::string_view{said}.substr(0, media.head);
    std::string_view const body = std::string_view{said}.substr(media.head);
    auto new_head = filter_text(rules_, tally_, head);
    if (!new_head) return new_head;
    Filtered new_body = std::optional<std::string>{};
    if (auto const file = text_file(body, media.declared_text)) {
      new_body = plain_text(*file);
      if (!new_body) return new_body;
      if (*new_body) *new_body = to_base64(as_bytes(**new_body));
    }
    if (!*new_head && !*new_body) return std::optional<std::string>{};
    return std::optional{std::string{*new_head ? **new_head : head} +
                         std::string{*new_body ? **new_body : body}};
  }

  Result<> unreadable() const {
    for (auto const& one : rules_.rules())
      if (one.rule->action != Action::flag)
        return denied(*one.source, "content." + one.rule->name,
                      "'input' holds token numbers, which the content rule '" + one.rule->name +
                          "' cannot read: send the text itself.");
    return boost::system::in_place_value;
  }

  Result<> replace(json::Span span, Filtered const& filtered) {
    if (!filtered) return filtered.error();
    if (*filtered) changes_.push_back({span, json::quoted(**filtered)});
    return boost::system::in_place_value;
  }

  std::string_view raw(json::Span span) const noexcept { return text_.substr(span.begin, span.size()); }

  ContentRules const& rules_;
  Tally& tally_;
  std::string_view text_;
  std::vector<Replacement>& changes_;
  std::size_t inner_;  // how many strings it stands in
  std::vector<Frame> open_;
  Place const* next_ = nullptr;  // of the value behind the last name
  JoinedText joined_;
  std::size_t joining_ = 0;
};

}  // namespace

std::string applied(std::string_view text, std::vector<Replacement> changes) {
  std::ranges::sort(changes, {}, [](Replacement const& c) { return c.span.begin; });
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (auto const& c : changes) {
    out += text.substr(at, c.span.begin - at);
    out += c.text;
    at = c.span.end;
  }
  out += text.substr(at);
  return out;
}

Result<> filter_value(ContentRules const& rules, Tally& tally, std::string_view text, json::Span value,
                      Place const& at, std::vector<Replacement>& changes) {
  return Reader{rules, tally, text, changes}.read(value, at);
}

Result<std::optional<std::string>> filter_said(ContentRules const& rules, Tally& tally,
                                               std::string const& said, Place const& at) {
  std::vector<Replacement> none;
  return Reader{rules, tally, {}, none}.said(said, at);
}

Result<std::optional<std::string>> filter_prompt(ContentRules const& rules, Tally& tally,
                                                 json::Document const& body, Place const& at) {
  std::vector<Replacement> changes;
  auto done = filter_value(rules, tally, body.text(), {0, body.text().size()}, at, changes);
  if (!done) return done.error();
  if (changes.empty()) return std::optional<std::string>{};
  return std::optional{applied(body.text(), std::move(changes))};
}

}  // namespace tsg::governance
