-- What analysts know better than the model.
CREATE TABLE corrections (
  category TEXT NOT NULL,
  game BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  analyst TEXT NOT NULL,
  PRIMARY KEY (category, game)
);
