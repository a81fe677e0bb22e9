"""QUA's part of the composition: questions, users and the search."""

from dataclasses import dataclass
from typing import Any

from handlers.qua.page_reader import PageReader
from storage.changes import Changes
from storage.client import Client, Database
from storage.counters import CounterStore
from storage.qua.dismissals import DismissalStore
from storage.qua.external_resources import ExternalResourceStore
from storage.qua.questions import QuaQuestionStore
from storage.qua.search_documents import SearchDocumentChanges, SearchDocumentStore
from storage.qua.searches import SearchStore
from storage.qua.synonyms import SynonymsChanged, SynonymStore
from storage.qua.tries import QuaTryStore
from storage.qua.users import QuaUserChanges, QuaUserStore
from storage.qua.versions import VersionStore
from widget_gateway.domain.clock import Clock
from widget_gateway.embedded_secrets import Secrets
from widget_gateway.services.outgoing import OutgoingClient
from widget_gateway.services.qua.desk import DeskService
from widget_gateway.services.qua.dismissals import DismissalService
from widget_gateway.services.qua.external_resources import ExternalResourceService
from widget_gateway.services.qua.frequent_queries import FrequentQueryService
from widget_gateway.services.qua.home import HomeService
from widget_gateway.services.qua.live_users import LiveQuaUsers
from widget_gateway.services.qua.markdown import MarkdownRenderer
from widget_gateway.services.qua.questions import QuaQuestionService
from widget_gateway.services.qua.synonyms import SynonymService
from widget_gateway.services.qua.tokens import QuaTokens
from widget_gateway.services.qua.tracking import TrackingService
from widget_gateway.services.qua.users import QuaUserService
from widget_gateway.services.qua.versions import QuaVersionService
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.search import SearchService
from widget_gateway.services.search.suggestions import SuggestionService
from widget_gateway.services.search.synonyms import SynonymTable
from widget_gateway.services.slow_hashes import SlowHashes
from widget_gateway.services.spelling.keyboard import in_english_layout, in_russian_layout
from widget_gateway.services.spelling.live_speller import LiveSpeller
from widget_gateway.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Qua:
    """What QUA's handlers and commands need; each `run` goes on in the background."""

    users: QuaUserService
    questions: QuaQuestionService
    versions: QuaVersionService
    desk: DeskService
    dismissals: DismissalService
    synonyms: SynonymService
    home: HomeService
    resources: ExternalResourceService
    tracking: TrackingService
    search: SearchService
    suggestions: SuggestionService
    search_feed: SearchFeed
    live_users: LiveQuaUsers
    speller: LiveSpeller
    reader: PageReader
    streams: tuple[Changes[Any], ...]
    """The change streams that the services follow."""

    async def close(self) -> None:
        """End the process that reads pages and the threads of the search."""
        await self.reader.close()
        self.search.close()
        self.search_feed.close()


def compose_qua(  # noqa: PLR0913, PLR0917 - each argument is a collaborator
    client: Client,
    database: Database,
    settings: Settings,
    secrets: Secrets,
    hashes: SlowHashes,
    clock: Clock,
) -> Qua:
    """Make and connect QUA's stores and services."""
    analyzer = Analyzer()
    synonyms = SynonymTable(analyzer)
    index = SearchIndex(analyzer, synonyms)
    counters = CounterStore(database)
    documents = SearchDocumentStore(database, analyzer.add_terms)
    document_changes, user_changes = SearchDocumentChanges(database), QuaUserChanges(database)
    synonym_changes = SynonymsChanged(database)
    feed = SearchFeed(index, analyzer, documents, document_changes, settings.data_path)
    user_store = QuaUserStore(database)
    resource_store = ExternalResourceStore(client, database, documents)
    version_store, search_store = VersionStore(database), SearchStore(client, database)
    dismissal_store = DismissalStore(database)
    question_store = QuaQuestionStore(client, database, documents, version_store)
    live_users = LiveQuaUsers(user_store, user_changes)
    speller = LiveSpeller(settings.data_path, lambda: len(index) > 0)
    search = SearchService(index, feed, analyzer, speller)
    reader = PageReader()
    return Qua(
        streams=(user_changes, synonym_changes),
        users=QuaUserService(
            users=user_store,
            live=live_users,
            tries=QuaTryStore(database),
            counters=counters,
            hashes=hashes,
            tokens=QuaTokens(secrets.jwt_secret, secrets.jwt_old_secret),
            clock=clock,
        ),
        questions=QuaQuestionService(
            questions=question_store,
            counters=counters,
            markdown=MarkdownRenderer(),
            announce=feed.apply,
            clock=clock,
        ),
        versions=QuaVersionService(question_store, version_store),
        synonyms=SynonymService(
            synonyms=SynonymStore(database),
            searches=search_store,
            dismissals=dismissal_store,
            changes=synonym_changes,
            counters=counters,
            apply=synonyms.replace_all,
            clock=clock,
        ),
        dismissals=DismissalService(dismissal_store, clock),
        desk=DeskService(
            searches=search_store,
            questions=question_store,
            dismissals=dismissal_store,
            count_hits=lambda query: _count_hits(search, query),
            clock=clock,
        ),
        home=HomeService(
            searches=search_store,
            questions=question_store,
            resources=resource_store,
            clock=clock,
        ),
        resources=ExternalResourceService(
            resources=resource_store,
            counters=counters,
            # Any user may name a page, so no private network is called. PRIVATE_NETWORKS is for
            # webhooks, whose addresses operators set and whose answers nobody sees.
            client=OutgoingClient(private=()),
            reader=reader,
            announce=feed.apply,
            clock=clock,
        ),
        tracking=TrackingService(
            searches=search_store,
            resources=resource_store,
            counters=counters,
            secret=secrets.jwt_secret,
            old_secret=secrets.jwt_old_secret,
            clock=clock,
        ),
        search=search,
        suggestions=SuggestionService(
            index=index,
            feed=feed,
            analyzer=analyzer,
            list_queries=FrequentQueryService(search_store, clock).list_all,
            layouts=(in_russian_layout, in_english_layout),
        ),
        search_feed=feed,
        live_users=live_users,
        speller=speller,
        reader=reader,
    )


async def _count_hits(search: SearchService, query: str) -> int:
    found = await search.search(query, spelling=False, limit=1, offset=0, party="desk")
    return found.total
