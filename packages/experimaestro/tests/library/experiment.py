import json

from corpora import Pairs
from ranking.helper import RankingConfiguration, RankingHelper, ranking_experiment
from ranking.learning import Evaluate, Learn
from ranking.scorers import WordScorer

from experimaestro import tag, tagspath
from experimaestro.experiments import configuration


@configuration
class Configuration(RankingConfiguration):
    epochs: list[int]


@ranking_experiment()
def run(helper: RankingHelper, cfg: Configuration) -> None:
    pairs = helper.dataset(cfg.dataset)
    assert isinstance(pairs, Pairs)
    results = {}
    for epochs in cfg.epochs:
        scorer = WordScorer.C()
        learn = Learn.C(scorer=scorer, documents=pairs.documents, epochs=tag(epochs))  # type: ignore[call-arg]
        loader = learn.submit()
        evaluate = Evaluate.C(scorer=loader.value, pairs=pairs)
        evaluated = evaluate.submit(init_tasks=[loader])
        results[tagspath(evaluate)] = evaluated.results
        assert evaluate.job.dependencies, "it waits for learning"
    helper.xp.wait()
    print(json.dumps({name: json.loads(path.read_text()) for name, path in results.items()}))
