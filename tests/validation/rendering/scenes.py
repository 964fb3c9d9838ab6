"""The list of pictures: product, surroundings, camera. Names are what the split into two parts is made by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """One picture.

    Attributes:
        product: empty for surroundings alone, onto which cut-outs are pasted.
        azimuth, elevation: degrees, where the camera stands; 0, 0: in front, level.
        room: 1: the product fills the frame; more: more around it.
        shape: "square", "wide" or "tall".
        lens: mm; blur: f-number of a shallow focus, 0 for none.
        shift: how far from the middle: 1 is at the frame's edge.
        noise: levels of 255.
        filmic: soft highlights.
    """

    name: str
    product: str
    surroundings: str
    azimuth: float = 0.0
    elevation: float = 15.0
    room: float = 1.2
    shape: str = "square"
    lens: float = 50.0
    blur: float = 0.0
    shift: float = 0.3
    noise: float = 2.0
    filmic: bool = True


SCENES: tuple[Scene, ...] = (
    Scene("bicycle_wheel_bricks", "bicycle_wheel", "brick_wall", 20, 8, 1.1),
    Scene("necklace_chain_cloth", "necklace_chain", "wrinkled_cloth", 0, 62, 1.15, "wide"),
    Scene("woven_basket_shelf", "woven_basket", "busy_shelf", -10, 18, 1.15),
    Scene("whisk_kitchen", "whisk", "tiled_kitchen", 15, 28, 1.1, "wide"),
    Scene("wire_bowl_table", "wire_bowl", "crowded_table", 0, 28, 1.25, "wide"),
    Scene("scissors_rug", "scissors", "rug", 20, 68, 1.1),
    Scene("bar_stool_wallpaper", "bar_stool", "wallpaper", 15, 12, 1.15, "tall"),
    Scene("step_ladder_bricks", "step_ladder", "brick_wall", 28, 12, 1.1, "tall"),
    Scene("desk_lamp_shelf", "desk_lamp", "busy_shelf", 0, 10, 1.15),
    Scene("house_palm_foliage", "house_palm", "foliage", 0, 14, 1.05, "tall"),
    Scene("bunch_of_flowers_wallpaper", "bunch_of_flowers", "wallpaper", 0, 10, 1.15, "tall"),
    Scene("tennis_racket_meadow", "tennis_racket", "meadow", 30, 62, 1.15),
    Scene("bird_cage_wallpaper", "bird_cage", "wallpaper", 0, 8, 1.15, "tall"),
    Scene("cutlery_desk", "cutlery", "night_desk", 25, 55, 1.1, "wide"),
    Scene("coat_hanger_white", "coat_hanger", "white_sweep", 12, 4, 1.15, "wide"),
    Scene("broom_workbench", "broom", "workbench", 0, 10, 1.15, "tall"),
    Scene("teddy_shelf", "teddy", "busy_shelf", 12, 10, 1.2),
    Scene("wool_pompon_cloth", "wool_pompon", "coloured_sweep", 0, 10, 1.25),
    Scene("glass_vase_wallpaper", "glass_vase", "wallpaper", 0, 10, 1.25, "tall"),
    Scene("wine_glasses_night", "wine_glasses", "night_desk", 0, 8, 1.15, blur=1.4),
    Scene("perfume_bottle_white", "perfume_bottle", "white_sweep", 25, 14, 1.3),
    Scene("white_pitcher_white", "white_pitcher", "white_sweep", 10, 16, 1.25),
    Scene("white_carton_white", "white_trainers_box", "white_sweep", 30, 22, 1.2, "wide"),
    Scene("black_camera_black", "black_camera", "black_sweep", 28, 16, 1.2, "wide"),
    Scene("black_speaker_night", "black_speaker", "night_desk", -25, 12, 1.25, "tall"),
    Scene("chrome_figurine_rug", "chrome_figurine", "rug", 0, 25, 1.2),
    Scene("ceramic_figurine_shelf", "ceramic_figurine", "busy_shelf", -15, 8, 1.25),
    Scene("watering_can_foliage", "watering_can", "foliage", 10, 14, 1.15, "wide"),
    Scene("tote_bag_bricks", "tote_bag", "brick_wall", -18, 8, 1.2),
    Scene("sauce_bottles_shelf", "sauce_bottles", "busy_shelf", 8, 8, 1.2),
    Scene("coloured_cups_kitchen", "coloured_cups", "tiled_kitchen", 0, 30, 1.15, "wide"),
    Scene("chess_pieces_rug", "chess_pieces", "rug", 15, 28, 1.25),
    Scene("patterned_cushion_wallpaper", "patterned_cushion", "wallpaper", 10, 10, 1.3),
    Scene("gem_ring_gravel", "gem_ring", "gravel", 10, 30, 1.25),
    Scene("hand_with_phone_table", "hand_with_phone", "crowded_table", -8, 4, 1.2, "tall"),
    Scene("violin_workbench", "violin", "workbench", 10, 8, 1.15, "tall"),
    Scene("wire_bowl_black", "wire_bowl", "black_sweep", 0, 24, 1.2, "wide"),
    Scene("bicycle_wheel_meadow", "bicycle_wheel", "meadow", -30, 14, 1.15),
    Scene("bar_stool_white", "bar_stool", "white_sweep", 20, 14, 1.2, "tall"),
    Scene("house_palm_bricks", "house_palm", "brick_wall", 5, 12, 1.15),
    Scene("watering_can_table", "watering_can", "crowded_table", -15, 20, 1.2),
    Scene("tote_bag_sweep", "tote_bag", "coloured_sweep", 12, 8, 1.3),
    Scene("ground_bricks", "", "brick_wall", 0, 10, 1.3),
    Scene("ground_meadow", "", "meadow", 0, 30, 1.5),
    Scene("ground_shelf", "", "busy_shelf", 0, 8, 1.3),
    Scene("ground_kitchen", "", "tiled_kitchen", 0, 14, 1.3),
    Scene("ground_foliage", "", "foliage", 0, 10, 1.3),
    Scene("ground_table", "", "crowded_table", 0, 14, 1.3, blur=1.2),
    Scene("ground_sweep", "", "coloured_sweep", 0, 14, 1.3),
    Scene("ground_rug", "", "rug", 0, 65, 1.5),
)
