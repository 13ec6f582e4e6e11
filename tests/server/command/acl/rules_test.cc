#include "server/command/acl/rules.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/command/acl/describe.h"
#include "server/command/families.h"

namespace sideline::command {
namespace {

using testing::ElementsAre;
using testing::Optional;
using Words = std::vector<std::string_view>;

constexpr std::string_view kHash =
    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";  // of "secret"

/// Applies rules to a new user.
class AclRulesTest : public ::testing::Test {
 protected:
  /// What is wrong with the first rule that is; nothing if all are applied.
  AclRules::Error apply(std::initializer_list<std::string_view> list) {
    for (const std::string_view rule : list) {
      if (const auto error = rules.apply(rule, user)) return error;
    }
    return std::nullopt;
  }
  /// The user that these rules make.
  std::string made_by(std::initializer_list<std::string_view> list) {
    user = rules.new_user("alice");
    EXPECT_EQ(apply(list), std::nullopt);
    return describe(user);
  }
  /// The commands that they allow it.
  std::string commands(std::initializer_list<std::string_view> list) {
    made_by(list);
    return describe_commands(user.root());
  }
  AclRules::Error error_of(std::initializer_list<std::string_view> list) {
    user = rules.new_user("alice");
    return apply(list);
  }
  bool allows(const Words& request) const {
    return user.check(*table.find(request), request).denial == AclDenial::kNone;
  }

  const Table table{all_families()};
  const AclRules rules{table, false};
  AclUser user = rules.new_user("alice");
};

TEST_F(AclRulesTest, ANewUserMayDoNothing) {
  EXPECT_EQ(describe(user), "off sanitize-payload resetchannels -@all");
  EXPECT_FALSE(user.accepts(""));
}

TEST_F(AclRulesTest, TheDefaultUserMayDoEverything) {
  EXPECT_EQ(describe(rules.default_user("")), "on nopass sanitize-payload ~* &* +@all");
  EXPECT_TRUE(rules.default_user("").unrestricted());
  EXPECT_EQ(describe(rules.default_user(kHash)),
            "on sanitize-payload #" + std::string(kHash) + " ~* &* +@all");
}

TEST_F(AclRulesTest, SwitchesAUserOnAndOff) {
  EXPECT_EQ(made_by({"on"}), "on sanitize-payload resetchannels -@all");
  EXPECT_EQ(made_by({"ON", "oFf"}), "off sanitize-payload resetchannels -@all");
  EXPECT_EQ(made_by({"skip-sanitize-payload"}), "off skip-sanitize-payload resetchannels -@all");
}

// --- Passwords -----------------------------------------------------------------------------------

TEST_F(AclRulesTest, AUserHasSeveralPasswords) {
  made_by({"on", ">secret", ">other", ">secret"});
  EXPECT_EQ(user.passwords.size(), 2U);
  EXPECT_TRUE(user.accepts("secret"));
  EXPECT_TRUE(user.accepts("other"));
  EXPECT_FALSE(user.accepts("Secret"));
  EXPECT_EQ(apply({"<secret"}), std::nullopt);
  EXPECT_FALSE(user.accepts("secret"));
  EXPECT_TRUE(user.accepts("other"));
}

TEST_F(AclRulesTest, APasswordMayBeAnyBytes) {
  const std::string_view bytes("a \0\r\n\xff", 6);
  made_by({"on", std::string(">").append(bytes)});
  EXPECT_TRUE(user.accepts(bytes));
  EXPECT_FALSE(user.accepts("a "));
}

TEST_F(AclRulesTest, APasswordMayBeGivenByItsHash) {
  made_by({"on", "#" + std::string(kHash)});
  EXPECT_TRUE(user.accepts("secret"));
  EXPECT_EQ(apply({"!" + std::string(kHash)}), std::nullopt);
  EXPECT_FALSE(user.accepts("secret"));
}

TEST_F(AclRulesTest, AHashIsCheckedForItsForm) {
  for (const std::string_view hash : {"#", "!12", "#x"}) {
    EXPECT_THAT(error_of({hash}), Optional(AclRuleError::kBadHash)) << hash;
  }
}

TEST_F(AclRulesTest, OnlyAPasswordThatIsThereCanBeRemoved) {
  EXPECT_THAT(error_of({"<secret"}), Optional(AclRuleError::kNoSuchPassword));
}

TEST_F(AclRulesTest, NoPasswordIsNeededUntilOneIsSet) {
  made_by({"on", ">secret", "nopass"});
  EXPECT_TRUE(user.accepts("anything"));
  EXPECT_TRUE(user.is_open());
  EXPECT_EQ(apply({">secret"}), std::nullopt);
  EXPECT_FALSE(user.accepts("anything"));
  EXPECT_EQ(apply({"resetpass"}), std::nullopt);
  EXPECT_FALSE(user.accepts("secret"));
}

TEST_F(AclRulesTest, ADisabledUserIsNotLetIn) {
  made_by({"nopass"});
  EXPECT_FALSE(user.accepts(""));
  EXPECT_FALSE(user.is_open());
}

// --- Commands ------------------------------------------------------------------------------------

TEST_F(AclRulesTest, AllowsACommand) {
  EXPECT_EQ(commands({"+GET"}), "-@all +get");
  EXPECT_FALSE(allows({"GET", "k"})) << "no key is allowed yet";
  apply({"allkeys"});
  EXPECT_TRUE(allows({"GET", "k"}));
  EXPECT_FALSE(allows({"SET", "k", "v"}));
}

TEST_F(AclRulesTest, AContainerStandsForItsSubcommands) {
  EXPECT_EQ(commands({"+config"}), "-@all +config");
  EXPECT_TRUE(allows({"CONFIG", "GET", "port"}));
  EXPECT_EQ(commands({"+config", "-config|set"}), "-@all +config -config|set");
  EXPECT_TRUE(allows({"CONFIG", "GET", "port"}));
  EXPECT_FALSE(allows({"CONFIG", "SET", "port", "1"}));
  EXPECT_EQ(commands({"+config|get"}), "-@all +config|get");
  EXPECT_FALSE(allows({"CONFIG", "SET", "port", "1"}));
}

TEST_F(AclRulesTest, ALaterRuleDropsThoseThatItMakesVoid) {
  EXPECT_EQ(commands({"+get", "-get", "+GET"}), "-@all +get");
  EXPECT_EQ(commands({"+config|get", "+config|set", "-config"}), "-@all -config");
  EXPECT_EQ(commands({"+get", "+getex", "-get"}), "-@all +getex -get");
  EXPECT_EQ(commands({"+get", "+set", "allcommands"}), "+@all");
  EXPECT_EQ(commands({"+@all", "-get", "NOCOMMANDS"}), "-@all");
  EXPECT_EQ(commands({"+@read", "-@read", "+@READ"}), "-@all +@read");
}

TEST_F(AclRulesTest, ACategoryStandsForItsCommands) {
  EXPECT_EQ(commands({"allkeys", "+@Read"}), "-@all +@read");
  EXPECT_TRUE(allows({"GET", "k"}));
  EXPECT_FALSE(allows({"SET", "k", "v"}));
  EXPECT_EQ(commands({"allkeys", "+@all", "-@dangerous"}), "+@all -@dangerous");
  EXPECT_FALSE(allows({"FLUSHALL"}));
  EXPECT_FALSE(allows({"CONFIG", "GET", "port"}));
  EXPECT_TRUE(allows({"SET", "k", "v"}));
}

TEST_F(AclRulesTest, AFirstArgumentMayBeAllowed) {
  EXPECT_EQ(commands({"+SELECT|0", "+select|1"}), "-@all +select|0 +select|1");
  EXPECT_TRUE(allows({"SELECT", "0"}));
  EXPECT_FALSE(allows({"SELECT", "2"}));
  EXPECT_EQ(commands({"+echo|Hi"}), "-@all +echo|hi");
  EXPECT_TRUE(allows({"ECHO", "HI"}));
  EXPECT_EQ(commands({"+select|0", "-select"}), "-@all -select");
  EXPECT_FALSE(allows({"SELECT", "0"}));
}

TEST_F(AclRulesTest, WhatALoginNeedsIsAlwaysAllowed) {
  commands({"-@all"});
  EXPECT_TRUE(allows({"AUTH", "x"}));
  EXPECT_TRUE(allows({"HELLO"}));
}

TEST_F(AclRulesTest, RefusesCommandsThatThereAreNot) {
  for (const std::string_view rule : {"+", "-", "+nope", "-nope", "+@nope", "-@", "+config|nope",
                                      "-config|nope", "+nope|a", "-select|0", "+select|0|1"}) {
    EXPECT_THAT(error_of({rule}), Optional(AclRuleError::kUnknownCommand)) << rule;
  }
  EXPECT_THAT(error_of({"+config|get|port"}), Optional(AclRuleError::kFirstArgumentOfSubcommand));
  EXPECT_THAT(error_of({"+select|"}), Optional(AclRuleError::kSyntax));
  EXPECT_THAT(error_of({"+echo|a\nuser b"}), Optional(AclRuleError::kSyntax));
}

// --- Keys and channels ---------------------------------------------------------------------------

TEST_F(AclRulesTest, KeyPatternsSayWhatMayBeDone) {
  made_by({"~a*", "%R~r*", "%w~w*", "%Rw~rw*", "~a*"});
  EXPECT_EQ(describe_keys(user.root()), "~a* %R~r* %W~w* ~rw*");
  made_by({"%R~x", "%W~x"});
  EXPECT_EQ(describe_keys(user.root()), "~x");
  made_by({"%R"});
  EXPECT_EQ(describe_keys(user.root()), "%R~") << "as in Redis";
  made_by({"~a", "resetkeys"});
  EXPECT_EQ(describe_keys(user.root()), "");
  made_by({"~a", "~*"});
  EXPECT_EQ(describe_keys(user.root()), "~*");
}

TEST_F(AclRulesTest, AllKeysInBothWaysAreAllKeys) {
  EXPECT_EQ(made_by({"~a", "%RW~*", "+@all"}), made_by({"~*", "+@all"}));
  EXPECT_TRUE(user.unrestricted());
  made_by({"%R~*", "%W~*", "+@all"});
  EXPECT_TRUE(user.unrestricted());
  made_by({"%R~*", "+@all"});
  EXPECT_FALSE(user.unrestricted());
  EXPECT_THAT(error_of({"%RW~*", "~a"}), Optional(AclRuleError::kKeysAfterAll));
}

TEST_F(AclRulesTest, RefusesAKeyPatternThatMeansNothing) {
  for (const std::string_view rule : {"%", "%~a", "%RR~a", "%X~a", "~a b", "%R~a\tb", "~a\nb"}) {
    EXPECT_THAT(error_of({rule}), Optional(AclRuleError::kSyntax)) << rule;
  }
  EXPECT_THAT(error_of({"~*", "~a"}), Optional(AclRuleError::kKeysAfterAll));
}

TEST_F(AclRulesTest, ChannelsAreKept) {
  made_by({"&a*", "&b", "&b"});
  EXPECT_EQ(describe(user), "off sanitize-payload resetchannels &a* &b -@all");
  EXPECT_EQ(made_by({"&a", "allchannels"}), "off sanitize-payload &* -@all");
  EXPECT_EQ(made_by({"&*", "resetchannels"}), "off sanitize-payload resetchannels -@all");
  EXPECT_THAT(error_of({"&*", "&a"}), Optional(AclRuleError::kChannelsAfterAll));
  EXPECT_THAT(error_of({"&a b"}), Optional(AclRuleError::kSyntax));
}

TEST_F(AclRulesTest, ANewSelectorMayHaveAllChannels) {
  const AclRules open(table, true);
  user = open.new_user("alice");
  EXPECT_EQ(describe(user), "off sanitize-payload &* -@all");
  EXPECT_EQ(open.apply("(+get)", user), std::nullopt);
  EXPECT_EQ(describe(user), "off sanitize-payload &* -@all (&* -@all +get)");
}

// --- Selectors -----------------------------------------------------------------------------------

TEST_F(AclRulesTest, SelectorsAddToWhatIsAllowed) {
  EXPECT_EQ(made_by({"+get", "~a*", "(+set ~b* &c)", "(%R~d +@read)"}),
            "off sanitize-payload ~a* resetchannels -@all +get "
            "(~b* resetchannels &c -@all +set) (%R~d resetchannels -@all +@read)");
  EXPECT_TRUE(allows({"GET", "a1"}));
  EXPECT_TRUE(allows({"SET", "b1", "v"}));
  EXPECT_FALSE(allows({"SET", "a1", "v"}));
  EXPECT_TRUE(allows({"GET", "d"}));
  EXPECT_EQ(apply({"clearselectors"}), std::nullopt);
  EXPECT_EQ(user.selectors.size(), 1U);
}

TEST_F(AclRulesTest, ASelectorTakesNoRulesOfAUser) {
  EXPECT_THAT(error_of({"(on)"}), Optional(AclRuleError::kSyntax));
  EXPECT_THAT(error_of({"(+nope)"}), Optional(AclRuleError::kUnknownCommand));
  EXPECT_THAT(error_of({"(~\"a)"}), Optional(AclRuleError::kSyntax));
  EXPECT_EQ(made_by({"()"}), "off sanitize-payload resetchannels -@all (resetchannels -@all)");
}

TEST_F(AclRulesTest, ASelectorHoldsNothingThatWouldBeReadOtherwise) {
  for (const std::string_view rule : {R"((~"a\"b"))", R"((~"a'b"))", "(~a) +get)"}) {
    EXPECT_THAT(error_of({rule}), Optional(AclRuleError::kSyntax)) << rule;
  }
}

TEST_F(AclRulesTest, ResetMakesAUserNewAgain) {
  user.id = 7;
  apply({"on", ">x", "~a", "&b", "+get", "(+set)", "skip-sanitize-payload", "reset"});
  EXPECT_EQ(describe(user), "off sanitize-payload resetchannels -@all");
  EXPECT_EQ(user.id, 7U);
}

TEST_F(AclRulesTest, RefusesWhatIsNoRule) {
  for (const std::string_view rule : {"onn", "no", ")", "get", "*", "(+get", "\xff"}) {
    EXPECT_THAT(error_of({rule}), Optional(AclRuleError::kSyntax)) << rule;
  }
  EXPECT_EQ(error_of({""}), std::nullopt) << "an empty rule says nothing";
}

TEST(AclSelectors, AreJoined) {
  EXPECT_THAT(std::get<AclRuleList>(join_selectors(Words{"on", "(+get", "~a)", "(b)", "", "c"})),
              ElementsAre("on", "(+get ~a)", "(b)", "", "c"));
  EXPECT_THAT(std::get<AclRuleList>(join_selectors(Words{"a)", "(", "b", ")"})),
              ElementsAre("a)", "( b )"));
}

TEST(AclSelectors, MustEnd) {
  EXPECT_EQ(std::get<std::string>(join_selectors(Words{"on", "(+get", "~a"})), "(+get");
  EXPECT_EQ(std::get<std::string>(join_selectors(Words{"("})), "(");
}

}  // namespace
}  // namespace sideline::command
