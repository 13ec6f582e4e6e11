#include "server/command/data/lcs.h"

#include <array>
#include <bit>
#include <cstring>

namespace sideline::command {
namespace {

using Word = std::uint64_t;
constexpr std::size_t kWordBits = 64;

/// Where each byte stands in `b`, as bits, for the bytes that `a` has.
class Places {
 public:
  Places(std::string_view a, std::string_view b) : words_((b.size() + kWordBits - 1) / kWordBits) {
    std::size_t different = 0;
    for (const char c : a) {
      std::size_t& number = number_[static_cast<unsigned char>(c)];
      if (number == 0) number = ++different;
    }
    bits_.resize(different * words_);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t number = number_[static_cast<unsigned char>(b[j])];
      if (number != 0) bits_[(number - 1) * words_ + j / kWordBits] |= Word{1} << j % kWordBits;
    }
  }

  /// Words that hold a bit for each byte of `b`.
  [[nodiscard]] std::size_t words() const { return words_; }
  /// Precondition: `a` has this byte.
  [[nodiscard]] const Word* of(char c) const {
    return &bits_[(number_[static_cast<unsigned char>(c)] - 1) * words_];
  }

 private:
  std::size_t words_;
  std::array<std::size_t, 256> number_ = {};  // of a byte in `a`, from 1; 0 if it is not there
  std::vector<Word> bits_;
};

/// From row i - 1 to row i, where `places` are those of byte i of `a`. A sum over the whole row:
/// its carries move each zero down to the first place above the zero before it, and a carry that
/// leaves the row makes one zero more.
void advance(std::vector<Word>& row, const Word* places) {
  Word carry = 0;
  for (std::size_t w = 0; w < row.size(); ++w) {
    const Word common = row[w] & places[w];
    const Word sum = row[w] + common;
    const Word carried = sum + carry;
    carry = (sum < common ? 1U : 0U) | (carried < sum ? 1U : 0U);
    row[w] = carried | (row[w] & ~places[w]);
  }
}

/// Bits beyond the end of `b` stay ones: nothing stands there.
std::size_t zeros(const std::vector<Word>& row) {
  std::size_t count = 0;
  for (const Word word : row) count += static_cast<std::size_t>(std::popcount(~word));
  return count;
}

/// Calls visit(i, row) for each row from 1 on, and returns L(|a|, |b|).
template <typename Visit>
std::size_t for_each_row(std::string_view a, std::string_view b, Visit&& visit) {
  if (a.empty() || b.empty()) return 0;
  const Places places(a, b);
  std::vector<Word> row(places.words(), ~Word{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    advance(row, places.of(a[i - 1]));
    visit(i, row);
  }
  return zeros(row);
}

}  // namespace

static_assert(std::endian::native == std::endian::little, "a row's words are read as bytes");

Lcs::Lcs(std::string_view a, std::string_view b)
    : a_(a), b_(b), row_bytes_((b.size() + 7) / 8), rows_(a.size() * row_bytes_) {
  length_ = for_each_row(a, b, [this](std::size_t i, const std::vector<Word>& row) {
    std::memcpy(&rows_[(i - 1) * row_bytes_], row.data(), row_bytes_);
  });
}

std::size_t Lcs::length(std::string_view a, std::string_view b) {
  return for_each_row(a, b, [](std::size_t, const std::vector<Word>&) {});
}

std::vector<Lcs::Run> Lcs::runs() const {
  std::vector<Run> runs;
  std::size_t i = a_.size();
  std::size_t j = b_.size();
  bool in_run = false;
  while (i > 0 && j > 0) {
    if (a_[i - 1] == b_[j - 1]) {
      --i;
      --j;
      if (!in_run) runs.push_back({i, j, 0});
      runs.back() = {i, j, runs.back().size + 1};
      in_run = true;
      continue;
    }
    // The bytes differ, so L(i, j) is the larger of L(i - 1, j) and L(i, j - 1): the first is the
    // larger one exactly if L(i, j) > L(i, j - 1).
    --(grows(i, j - 1) ? i : j);
    in_run = false;
  }
  return runs;
}

std::string Lcs::text() const {
  std::string text;
  text.reserve(length_);
  const std::vector<Run> backwards = runs();
  for (auto run = backwards.rbegin(); run != backwards.rend(); ++run) {
    text += a_.substr(run->a_begin, run->size);
  }
  return text;
}

}  // namespace sideline::command
